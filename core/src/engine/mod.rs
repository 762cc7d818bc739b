//! The whole order: policy in, transactions through every layer, findings out.
//!
//! What comes in: a [`Policy`], then the parts of messages or the bytes of connections. What goes out: findings, a
//! verdict and events per transaction. What always holds: an engine never changes and is shared by all threads; a
//! transaction belongs to one thread at a time and is reused without allocation; a value is judged in every form its
//! decoders give within the budget of the limits. To add one: a rule of the operator goes to `policy.rs`, a step of the
//! way a value takes to `inspect.rs`.

mod ahead;
mod binary;
mod connection;
mod content;
mod forms;
mod graphql;
mod harmless;
mod inspect;
mod layers;
mod memo;
mod noise;
mod overlimit;
mod policy;
mod side;
mod sink;
mod token;
mod trace;
mod transaction;
mod values;

pub use connection::Connection;
pub use policy::{Detection, Exclusion, Policy, PolicyError};
pub use trace::{Look, Outcome, Step};
pub use transaction::Transaction;

use std::sync::Arc;

/// Everything the threads share: the policy and what was built from it. Cheap to clone; a clone is the same engine.
#[derive(Clone, Debug)]
pub struct Engine {
    policy: Arc<Policy>,
}

impl Engine {
    /// An engine for `policy`.
    pub fn new(policy: Policy) -> Engine {
        Engine { policy: Arc::new(policy) }
    }

    /// What the engine was built from.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// A transaction to feed the parts of one message exchange to. Reuse it with [`Transaction::reset`].
    pub fn transaction(&self) -> Transaction {
        Transaction::new(Arc::clone(&self.policy))
    }
}

impl Default for Engine {
    /// An engine for the default policy.
    fn default() -> Engine {
        Engine::new(Policy::default())
    }
}
