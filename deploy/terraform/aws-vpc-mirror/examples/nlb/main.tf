# Two web servers behind a load balancer that terminates TLS, mirrored to two receivers.

variable "vpc_id" {
  type = string
}

variable "subnet_ids" {
  type = list(string)
}

variable "web_interfaces" {
  description = "Name and ID of the network interface of each web server."
  type        = map(string)
}

variable "receivers" {
  description = "Name and ID of each instance that runs sidewatch."
  type        = map(string)
}

module "mirror" {
  source = "../.."

  name                = "shop"
  vpc_id              = var.vpc_id
  sources             = var.web_interfaces
  ports               = [80, 8080]
  subnet_ids          = var.subnet_ids
  receivers           = var.receivers
  allowed_cidr_blocks = ["10.0.0.0/16"]
  tags                = { team = "security" }
}

output "security_group_id" {
  value = module.mirror.security_group_id
}
