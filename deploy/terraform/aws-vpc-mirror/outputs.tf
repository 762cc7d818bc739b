output "mirror_target_id" {
  description = "The mirror target, for sessions made elsewhere."
  value       = aws_ec2_traffic_mirror_target.this.id
}

output "mirror_filter_id" {
  description = "The filter, for sessions made elsewhere."
  value       = aws_ec2_traffic_mirror_filter.http.id
}

output "session_ids" {
  description = "The session of each source."
  value       = { for name, session in aws_ec2_traffic_mirror_session.sources : name => session.id }
}

output "security_group_id" {
  description = "To be attached to the interfaces of the receivers."
  value       = aws_security_group.receivers.id
}

output "load_balancer_arn" {
  description = "The network load balancer, or null with target_network_interface_id."
  value       = one(aws_lb.mirror[*].arn)
}

output "target_group_arn" {
  description = "The target group, for an autoscaling group of receivers; null with target_network_interface_id."
  value       = one(aws_lb_target_group.receivers[*].arn)
}

output "vni" {
  description = "The VXLAN network identifier that the packets carry."
  value       = var.vni
}
