//! The filter against a stand-in for Envoy.
