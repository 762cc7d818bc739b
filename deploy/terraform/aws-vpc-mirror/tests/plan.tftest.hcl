# terraform test: plans of the module against the provider's schema, without an account.

mock_provider "aws" {}

variables {
  vpc_id              = "vpc-0123456789abcdef0"
  sources             = { web1 = "eni-0a", web2 = "eni-0b" }
  subnet_ids          = ["subnet-0a", "subnet-0b"]
  receivers           = { one = "i-0a" }
  ports               = [80, 8080]
  allowed_cidr_blocks = ["10.0.0.0/16"]
}

run "behind_a_load_balancer" {
  command = plan

  assert {
    condition     = length(aws_ec2_traffic_mirror_session.sources) == 2
    error_message = "each source has a session"
  }
  assert {
    condition     = aws_ec2_traffic_mirror_session.sources["web1"].network_interface_id == "eni-0a" && aws_ec2_traffic_mirror_session.sources["web1"].virtual_network_id == 4242
    error_message = "a session names its source and the VNI"
  }
  assert {
    condition     = aws_lb_listener.vxlan[0].port == 4789 && aws_lb_listener.vxlan[0].protocol == "UDP"
    error_message = "VXLAN is UDP 4789"
  }
  assert {
    condition     = [for rule in aws_ec2_traffic_mirror_filter_rule.requests : "${rule.traffic_direction} ${rule.protocol} ${rule.destination_port_range[0].from_port}"] == ["ingress 6 80", "ingress 6 8080"]
    error_message = "requests come in over TCP to the ports"
  }
  assert {
    condition     = [for rule in aws_ec2_traffic_mirror_filter_rule.responses : "${rule.traffic_direction} ${rule.protocol} ${rule.source_port_range[0].from_port}"] == ["egress 6 80", "egress 6 8080"]
    error_message = "responses go out over TCP from the ports"
  }
  assert {
    condition     = [for rule in aws_vpc_security_group_ingress_rule.vxlan : "${rule.ip_protocol} ${rule.from_port} ${rule.cidr_ipv4}"] == ["udp 4789 10.0.0.0/16"]
    error_message = "only VXLAN of the VPC comes in"
  }
}

run "one_interface_without_responses" {
  command = plan

  variables {
    target_network_interface_id = "eni-0c"
    subnet_ids                  = []
    receivers                   = {}
    responses                   = false
    ipv6                        = true
    ports                       = [80]
  }

  assert {
    condition     = length(aws_lb.mirror) == 0 && length(aws_lb_listener.vxlan) == 0 && length(aws_vpc_security_group_ingress_rule.health) == 0
    error_message = "there is no load balancer"
  }
  assert {
    condition     = aws_ec2_traffic_mirror_target.this.network_interface_id == "eni-0c"
    error_message = "the interface is the target"
  }
  assert {
    condition     = length(aws_ec2_traffic_mirror_filter_rule.responses) == 0
    error_message = "responses are not mirrored"
  }
  assert {
    condition     = [for rule in aws_ec2_traffic_mirror_filter_rule.requests : rule.destination_cidr_block] == ["0.0.0.0/0", "::/0"]
    error_message = "a rule never mixes the versions of IP"
  }
}

run "everything_can_be_made" {
  command = apply

  assert {
    condition     = length(output.session_ids) == 2 && output.load_balancer_arn != null && output.vni == 4242
    error_message = "the outputs say what was made"
  }
}

run "refuses_a_wrong_port" {
  command = plan
  variables {
    ports = [80, 70000]
  }
  expect_failures = [var.ports]
}

run "refuses_the_internet" {
  command = plan
  variables {
    allowed_cidr_blocks = ["0.0.0.0/0"]
  }
  expect_failures = [var.allowed_cidr_blocks]
}

run "refuses_a_wrong_vni" {
  command = plan
  variables {
    vni = 16777216
  }
  expect_failures = [var.vni]
}

run "refuses_neither_target" {
  command = plan
  variables {
    subnet_ids = []
  }
  expect_failures = [var.subnet_ids]
}

run "refuses_to_mirror_an_interface_to_itself" {
  command = plan
  variables {
    subnet_ids                  = []
    receivers                   = {}
    target_network_interface_id = "eni-0a"
  }
  expect_failures = [var.target_network_interface_id]
}

run "refuses_an_interface_named_twice" {
  command = plan
  variables {
    sources = { a = "eni-0a", b = "eni-0a" }
  }
  expect_failures = [var.sources]
}

run "refuses_more_rules_than_a_filter_has" {
  command = plan
  variables {
    ports = [80, 81, 82, 83, 84, 85]
  }
  expect_failures = [aws_ec2_traffic_mirror_filter.http]
}
