//! What a worker thread keeps between requests: transactions to be used again, and its way to the event file. No other
//! thread touches it, so nothing is locked.

use crate::config::Settings;
use crate::sink::Sink;
use sidewatch::Transaction;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Transactions kept for the next requests of a worker.
const IDLE: usize = 64;

/// One worker thread's share of one configuration.
#[derive(Debug)]
pub(crate) struct Worker {
    /// The configuration.
    pub settings: Arc<Settings>,
    /// The way to the event file, if there is one.
    pub sink: RefCell<Option<Sink>>,
    #[expect(clippy::vec_box, reason = "a transaction has some kilobytes, which need not move with it")]
    idle: RefCell<Vec<Box<Transaction>>>,
}

thread_local! {
    static WORKERS: RefCell<Vec<Rc<Worker>>> = const { RefCell::new(Vec::new()) };
}

impl Worker {
    /// This thread's share of a configuration; made at the first call. Shares of dropped configurations go then.
    pub(crate) fn of(settings: &Arc<Settings>) -> Rc<Worker> {
        let known = WORKERS.try_with(|workers| {
            let mut workers = workers.borrow_mut();
            if let Some(known) = workers.iter().find(|w| w.settings.number == settings.number) {
                return Rc::clone(known);
            }
            workers.retain(|w| !w.settings.closed.load(Ordering::Relaxed));
            let worker = Rc::new(Worker::new(settings));
            workers.push(Rc::clone(&worker));
            worker
        });
        // The thread is ending: a share that nobody else will find.
        known.unwrap_or_else(|_| Rc::new(Worker::new(settings)))
    }

    fn new(settings: &Arc<Settings>) -> Worker {
        Worker {
            settings: Arc::clone(settings),
            sink: RefCell::new(settings.events.as_ref().map(Sink::new)),
            idle: RefCell::default(),
        }
    }

    /// A transaction as new.
    pub(crate) fn take(&self) -> Box<Transaction> {
        let idle = self.idle.borrow_mut().pop();
        idle.unwrap_or_else(|| Box::new(self.settings.engine.transaction()))
    }

    /// Keeps a transaction for the next request.
    pub(crate) fn give_back(&self, mut tx: Box<Transaction>) {
        let mut idle = self.idle.borrow_mut();
        if idle.len() < IDLE {
            tx.reset();
            idle.push(tx);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Arc<Settings> {
        Arc::new(Settings::read(br#"{"position": "inline"}"#).unwrap())
    }

    #[test]
    fn a_thread_keeps_one_share_of_each_live_configuration() {
        let (old, new) = (settings(), settings());
        assert!(Rc::ptr_eq(&Worker::of(&old), &Worker::of(&old)));
        old.closed.store(true, Ordering::Relaxed);
        assert_eq!(Arc::strong_count(&old), 2);
        let worker = Worker::of(&new);
        assert_eq!(Arc::strong_count(&old), 1, "the share of the dropped configuration is gone");
        let here = Rc::as_ptr(&worker) as usize;
        let there = std::thread::spawn(move || Rc::as_ptr(&Worker::of(&new)) as usize).join().unwrap();
        assert_ne!(here, there);
    }

    #[test]
    fn transactions_are_used_again_up_to_a_bound() {
        let worker = Worker::of(&settings());
        let taken: Vec<_> = (0..IDLE + 10).map(|_| worker.take()).collect();
        taken.into_iter().for_each(|tx| worker.give_back(tx));
        assert_eq!(worker.idle.borrow().len(), IDLE);
    }
}
