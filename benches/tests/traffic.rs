//! The traffic is what its names say: else the benches would measure something else.

use sidewatch::detect::FACTS;
use sidewatch::{Engine, Verdict};
use sidewatch_bench::traffic::{self, Request};
use sidewatch_bench::{bodies, drive};

fn judged(request: &Request) -> sidewatch::Transaction {
    let mut transaction = Engine::default().transaction();
    drive::judge(&mut transaction, &request.bytes);
    transaction
}

#[test]
fn requests_of_every_day_pass() {
    let large = [bodies::json(), bodies::form(), bodies::small_json()];
    for request in traffic::ordinary().iter().chain(&large) {
        let transaction = judged(request);
        assert_eq!(transaction.verdict(), Verdict::Pass, "{}: {:#?}", request.name, transaction.findings());
    }
    // A limit that is reached changes how the rest of a large body is read.
    for request in large {
        let mut odd: Vec<_> = judged(&request).anomalies().iter().map(|anomaly| anomaly.name()).collect();
        odd.retain(|name| name.starts_with("too_") || name.starts_with("decode_"));
        assert!(odd.is_empty(), "{}: {odd:?}", request.name);
    }
}

#[test]
fn requests_have_the_sizes_of_the_bar() {
    for request in traffic::browser() {
        assert!((800..1300).contains(&request.bytes.len()), "{}: {}", request.name, request.bytes.len());
    }
    let near = |bytes: usize, size: usize| (size * 9 / 10..size * 11 / 10).contains(&bytes);
    for (name, size) in [("order", 2 << 10), ("contact-form", 4 << 10)] {
        let bytes = traffic::named(name).bytes.len();
        assert!(near(bytes, size), "{name}: {bytes}");
    }
    let large = [
        (bodies::json(), 1 << 20),
        (bodies::small_json(), 64 << 10),
        (bodies::html(), 64 << 10),
        (bodies::listing(), 64 << 10),
    ];
    for (message, size) in large {
        assert!(near(message.bytes.len(), size), "{}: {}", message.name, message.bytes.len());
    }
}

#[test]
fn every_class_has_its_attack() {
    let attacks = traffic::attacks();
    for attack in &attacks {
        let transaction = judged(attack);
        let found =
            transaction.findings().iter().any(|f| f.class.name() == attack.name && f.confidence >= 50);
        assert!(found, "{}: {:#?}", attack.name, transaction.findings());
    }
    let missing: Vec<_> =
        FACTS.iter().map(|facts| facts.name).filter(|name| attacks.iter().all(|a| a.name != *name)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn a_whole_response_is_one_transaction() {
    let mut connection = Engine::default().connection();
    for response in [bodies::html(), bodies::listing()] {
        connection.client(bodies::ASKED);
        connection.server(&response.bytes);
        let transaction = connection.next_transaction().expect("answered");
        assert_eq!((transaction.status(), transaction.anomalies().iter().count()), (Some(200), 0));
        connection.recycle(transaction);
    }
}
