# Mirrors the HTTP traffic of network interfaces, packet by packet in VXLAN over UDP 4789, to receivers that run sidewatch.

locals {
  vxlan_port = 4789
  balanced   = var.target_network_interface_id == null
  clients    = concat(var.client_cidr_blocks, var.ipv6 ? ["::/0"] : [])

  # One rule for each port and block of clients; the key stays the same when others come or go, so the number is the only thing that moves.
  rules = {
    for index, pair in setproduct(var.ports, local.clients) : "${pair[0]} ${pair[1]}" => {
      number   = 100 + index
      port     = pair[0]
      clients  = pair[1]
      everyone = strcontains(pair[1], ":") ? "::/0" : "0.0.0.0/0"
    }
  }
}

# What is mirrored: requests come in to the ports, responses go out from them. Nothing else is accepted.

resource "aws_ec2_traffic_mirror_filter" "http" {
  description = "${var.name}: TCP ports ${join(", ", var.ports)}"
  tags        = merge(var.tags, { Name = var.name })

  lifecycle {
    precondition {
      condition     = length(local.rules) * (var.responses ? 2 : 1) <= 10
      error_message = "A filter has at most 10 rules: one for each of ports and client_cidr_blocks (and IPv6), twice with responses."
    }
  }
}

resource "aws_ec2_traffic_mirror_filter_rule" "requests" {
  for_each = local.rules

  traffic_mirror_filter_id = aws_ec2_traffic_mirror_filter.http.id
  description              = "requests to port ${each.value.port}"
  traffic_direction        = "ingress"
  rule_number              = each.value.number
  rule_action              = "accept"
  protocol                 = 6
  source_cidr_block        = each.value.clients
  destination_cidr_block   = each.value.everyone

  destination_port_range {
    from_port = each.value.port
    to_port   = each.value.port
  }
}

resource "aws_ec2_traffic_mirror_filter_rule" "responses" {
  for_each = var.responses ? local.rules : {}

  traffic_mirror_filter_id = aws_ec2_traffic_mirror_filter.http.id
  description              = "responses from port ${each.value.port}"
  traffic_direction        = "egress"
  rule_number              = each.value.number
  rule_action              = "accept"
  protocol                 = 6
  source_cidr_block        = each.value.everyone
  destination_cidr_block   = each.value.clients

  source_port_range {
    from_port = each.value.port
    to_port   = each.value.port
  }
}

# Where it goes: one interface, or a load balancer that keeps each pair of source and VNI with one receiver.

resource "aws_lb" "mirror" {
  count = local.balanced ? 1 : 0

  name                             = "${var.name}-mirror"
  internal                         = true
  load_balancer_type               = "network"
  subnets                          = var.subnet_ids
  enable_cross_zone_load_balancing = true
  tags                             = var.tags
}

resource "aws_lb_target_group" "receivers" {
  count = local.balanced ? 1 : 0

  name        = "${var.name}-vxlan"
  vpc_id      = var.vpc_id
  target_type = "instance"
  protocol    = "UDP"
  port        = local.vxlan_port
  tags        = var.tags

  # VXLAN answers nothing, so another port has to tell whether a receiver lives.
  health_check {
    protocol = "TCP"
    port     = tostring(var.health_check_port)
  }
}

resource "aws_lb_target_group_attachment" "receivers" {
  for_each = local.balanced ? var.receivers : {}

  target_group_arn = aws_lb_target_group.receivers[0].arn
  target_id        = each.value
  port             = local.vxlan_port
}

resource "aws_lb_listener" "vxlan" {
  count = local.balanced ? 1 : 0

  load_balancer_arn = aws_lb.mirror[0].arn
  protocol          = "UDP"
  port              = local.vxlan_port
  tags              = var.tags

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.receivers[0].arn
  }
}

resource "aws_ec2_traffic_mirror_target" "this" {
  description               = "${var.name}: receivers of mirrored traffic"
  network_interface_id      = var.target_network_interface_id
  network_load_balancer_arn = local.balanced ? aws_lb.mirror[0].arn : null
  tags                      = merge(var.tags, { Name = var.name })
}

resource "aws_ec2_traffic_mirror_session" "sources" {
  for_each = var.sources

  description              = "${var.name}: ${each.key}"
  network_interface_id     = each.value
  traffic_mirror_filter_id = aws_ec2_traffic_mirror_filter.http.id
  traffic_mirror_target_id = aws_ec2_traffic_mirror_target.this.id
  session_number           = var.session_number
  virtual_network_id       = var.vni
  packet_length            = var.packet_length
  tags                     = merge(var.tags, { Name = "${var.name}-${each.key}" })

  # A session before its rules would mirror nothing; one before its listener would send packets to nobody.
  depends_on = [
    aws_ec2_traffic_mirror_filter_rule.requests,
    aws_ec2_traffic_mirror_filter_rule.responses,
    aws_lb_listener.vxlan,
  ]
}

# For the receivers: attach it to their interfaces. It lets nothing out: add what they need.

resource "aws_security_group" "receivers" {
  name        = "${var.name}-receivers"
  description = "VXLAN in, for receivers of mirrored traffic"
  vpc_id      = var.vpc_id
  tags        = merge(var.tags, { Name = "${var.name}-receivers" })
}

resource "aws_vpc_security_group_ingress_rule" "vxlan" {
  for_each = toset(var.allowed_cidr_blocks)

  security_group_id = aws_security_group.receivers.id
  description       = "VXLAN"
  ip_protocol       = "udp"
  from_port         = local.vxlan_port
  to_port           = local.vxlan_port
  cidr_ipv4         = each.value
}

resource "aws_vpc_security_group_ingress_rule" "health" {
  for_each = local.balanced ? toset(var.allowed_cidr_blocks) : []

  security_group_id = aws_security_group.receivers.id
  description       = "health checks of the load balancer"
  ip_protocol       = "tcp"
  from_port         = var.health_check_port
  to_port           = var.health_check_port
  cidr_ipv4         = each.value
}
