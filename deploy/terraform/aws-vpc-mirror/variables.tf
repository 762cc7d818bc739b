variable "name" {
  description = "Name of everything that is made, and prefix of names."
  type        = string
  default     = "sidewatch"

  validation {
    # The names of load balancers and target groups have at most 32 characters; some are taken by a suffix.
    condition     = can(regex("^[A-Za-z0-9]([A-Za-z0-9-]{0,22}[A-Za-z0-9])?$", var.name))
    error_message = "name: 1 to 24 letters, digits and hyphens are expected, no hyphen first or last."
  }
}

variable "vpc_id" {
  description = "The VPC in which the mirrored traffic is received."
  type        = string

  validation {
    condition     = can(regex("^vpc-[0-9a-f]+$", var.vpc_id))
    error_message = "vpc_id: an ID such as vpc-0123456789abcdef0 is expected."
  }
}

variable "sources" {
  description = "The network interfaces whose traffic is mirrored: a name of your choice, and the interface's ID."
  type        = map(string)

  validation {
    condition     = length(var.sources) > 0
    error_message = "sources: at least one network interface is expected."
  }
  validation {
    condition     = alltrue([for id in values(var.sources) : can(regex("^eni-[0-9a-f]+$", id))])
    error_message = "sources: the values are IDs of network interfaces such as eni-0123456789abcdef0."
  }
  validation {
    condition     = length(distinct(values(var.sources))) == length(var.sources)
    error_message = "sources: an interface is named twice."
  }
}

variable "ports" {
  description = "TCP ports on which the sources serve HTTP. TLS cannot be read: mirror behind what terminates it."
  type        = list(number)
  default     = [80]

  validation {
    condition     = length(var.ports) > 0 && length(var.ports) <= 10 && alltrue([for p in var.ports : p >= 1 && p <= 65535 && floor(p) == p])
    error_message = "ports: 1 to 10 whole numbers from 1 to 65535 are expected."
  }
  validation {
    condition     = length(distinct(var.ports)) == length(var.ports)
    error_message = "ports: a port is named twice."
  }
}

variable "responses" {
  description = "Whether responses are mirrored too."
  type        = bool
  default     = true
}

variable "ipv6" {
  description = "Whether traffic over IPv6 is mirrored too."
  type        = bool
  default     = false
}

variable "client_cidr_blocks" {
  description = "The clients whose traffic is mirrored. With ipv6, those of IPv6 are always all."
  type        = list(string)
  default     = ["0.0.0.0/0"]

  validation {
    condition     = length(var.client_cidr_blocks) > 0 && length(var.client_cidr_blocks) <= 5 && alltrue([for block in var.client_cidr_blocks : can(cidrnetmask(block))])
    error_message = "client_cidr_blocks: 1 to 5 blocks of IPv4 addresses such as 198.51.100.0/24 are expected."
  }
}

variable "target_network_interface_id" {
  description = "The one network interface that receives the packets; null for a network load balancer before several receivers."
  type        = string
  default     = null

  validation {
    condition     = var.target_network_interface_id == null || can(regex("^eni-[0-9a-f]+$", var.target_network_interface_id))
    error_message = "target_network_interface_id: an ID such as eni-0123456789abcdef0 is expected."
  }
  validation {
    condition     = var.target_network_interface_id == null || !contains(values(var.sources), coalesce(var.target_network_interface_id, "-"))
    error_message = "target_network_interface_id: an interface cannot be mirrored to itself."
  }
}

variable "subnet_ids" {
  description = "Subnets of the network load balancer; needed without target_network_interface_id."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for id in var.subnet_ids : can(regex("^subnet-[0-9a-f]+$", id))])
    error_message = "subnet_ids: IDs such as subnet-0123456789abcdef0 are expected."
  }
  validation {
    condition     = (length(var.subnet_ids) > 0) == (var.target_network_interface_id == null)
    error_message = "subnet_ids: at least one is needed for a network load balancer, none with target_network_interface_id."
  }
}

variable "receivers" {
  description = "The instances behind the network load balancer: a name of your choice, and the instance's ID."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for id in values(var.receivers) : can(regex("^i-[0-9a-f]+$", id))])
    error_message = "receivers: the values are IDs of instances such as i-0123456789abcdef0."
  }
  validation {
    condition     = length(var.receivers) == 0 || var.target_network_interface_id == null
    error_message = "receivers: they stand behind a network load balancer, which target_network_interface_id does without."
  }
}

variable "health_check_port" {
  description = "TCP port of the receivers that the load balancer tries to tell whether they live."
  type        = number
  default     = 22

  validation {
    condition     = var.health_check_port >= 1 && var.health_check_port <= 65535 && floor(var.health_check_port) == var.health_check_port
    error_message = "health_check_port: a whole number from 1 to 65535 is expected."
  }
}

variable "allowed_cidr_blocks" {
  description = "Where packets to the receivers come from: the blocks of the sources' subnets and of the load balancer's."
  type        = list(string)

  validation {
    condition     = length(var.allowed_cidr_blocks) > 0 && alltrue([for block in var.allowed_cidr_blocks : can(cidrnetmask(block))])
    error_message = "allowed_cidr_blocks: at least one block of IPv4 addresses such as 10.0.0.0/16 is expected."
  }
  validation {
    condition     = !contains(var.allowed_cidr_blocks, "0.0.0.0/0")
    error_message = "allowed_cidr_blocks: not the whole Internet: whoever can send packets here can forge traffic."
  }
}

variable "vni" {
  description = "The VXLAN network identifier that the packets carry."
  type        = number
  default     = 4242

  validation {
    condition     = var.vni >= 1 && var.vni <= 16777215 && floor(var.vni) == var.vni
    error_message = "vni: a whole number from 1 to 16777215 is expected."
  }
}

variable "session_number" {
  description = "Order among several sessions of one interface, the lowest first."
  type        = number
  default     = 1

  validation {
    condition     = var.session_number >= 1 && var.session_number <= 32766 && floor(var.session_number) == var.session_number
    error_message = "session_number: a whole number from 1 to 32766 is expected."
  }
}

variable "packet_length" {
  description = "Bytes of each packet that are mirrored; null for all, which sidewatch needs to put streams together."
  type        = number
  default     = null

  validation {
    condition     = var.packet_length == null || try(var.packet_length >= 64 && var.packet_length <= 8500 && floor(var.packet_length) == var.packet_length, false)
    error_message = "packet_length: a whole number from 64 to 8500, or null, is expected."
  }
}

variable "tags" {
  description = "Tags of everything that is made."
  type        = map(string)
  default     = {}
}
