# One web server, mirrored to one receiver without a load balancer. Clients of the monitoring network are left out.

variable "vpc_id" {
  type = string
}

variable "web_interface" {
  type = string
}

variable "receiver_interface" {
  type = string
}

module "mirror" {
  source = "../.."

  vpc_id                      = var.vpc_id
  sources                     = { web = var.web_interface }
  target_network_interface_id = var.receiver_interface
  allowed_cidr_blocks         = ["10.0.1.0/24"]
  vni                         = 7
}
