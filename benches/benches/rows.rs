//! The rows of the bar with their statistics: `cargo bench -p sidewatch-bench --bench rows [-- NAME]`.
//!
//! Criterion compares with its last run on this machine. For who keeps the promises of `docs/performance.md` see
//! `bar.rs`: it measures all sides in turns.

#![allow(missing_docs)] // criterion's macros make public functions

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use sidewatch::Engine;
use sidewatch_bench::adversarial::{FAMILIES, SIZES};
use sidewatch_bench::traffic::{self, Request};
use sidewatch_bench::{bodies, drive};
use std::hint::black_box;
use std::time::Duration;

/// Whole requests, each by itself.
fn group(criterion: &mut Criterion, name: &str, requests: &[Request]) {
    let mut group = criterion.benchmark_group(name);
    let mut transaction = Engine::default().transaction();
    for request in requests {
        group.throughput(Throughput::Bytes(request.bytes.len() as u64));
        group.bench_function(&request.name, |b| b.iter(|| drive::judge(&mut transaction, &request.bytes)));
    }
    group.finish();
}

fn ordinary(criterion: &mut Criterion) {
    group(criterion, "browser", &traffic::browser());
    group(criterion, "api", &traffic::api());
    let mut group = criterion.benchmark_group("httparse");
    for request in traffic::browser() {
        group.throughput(Throughput::Bytes(request.bytes.len() as u64));
        group.bench_function(&request.name, |b| b.iter(|| drive::httparse_head(&request.bytes)));
    }
    group.finish();
}

fn large(criterion: &mut Criterion) {
    group(criterion, "large", &[bodies::json(), bodies::form(), bodies::upload(), bodies::octets()]);
    let json = bodies::json();
    let mut skip = criterion.benchmark_group("serde_json");
    skip.throughput(Throughput::Bytes(json.body().len() as u64));
    skip.bench_function("skip JSON 1 MiB", |b| b.iter(|| drive::skip_json(json.body())));
    skip.finish();
}

fn responses(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("responses");
    let mut connection = Engine::default().connection();
    for response in [bodies::html(), bodies::listing()] {
        group.throughput(Throughput::Bytes(response.bytes.len() as u64));
        group.bench_function(&response.name, |b| b.iter(|| drive::answer(&mut connection, &response.bytes)));
    }
    group.finish();
}

fn attacks(criterion: &mut Criterion) {
    group(criterion, "attack", &traffic::attacks());
}

fn adversarial(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("adversarial");
    let mut transaction = Engine::default().transaction();
    for family in FAMILIES {
        for size in SIZES {
            let request = family.request(size);
            group.throughput(Throughput::Bytes(request.len() as u64));
            group.bench_function(BenchmarkId::new(family.name, size), |b| {
                b.iter(|| drive::judge(&mut transaction, &request));
            });
        }
    }
    group.finish();
}

fn pieces(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("pieces");
    let mut transaction = Engine::default().transaction();
    for request in ["chrome-windows-page", "order", "contact-form"].map(traffic::named) {
        group.throughput(Throughput::Bytes(request.bytes.len() as u64));
        for (name, size) in [("whole", usize::MAX), ("64 bytes", 64), ("one byte", 1)] {
            group.bench_function(BenchmarkId::new(&request.name, name), |b| {
                b.iter(|| drive::judge_in_pieces(&mut transaction, &request.bytes, size));
            });
        }
    }
    group.finish();
}

fn building(criterion: &mut Criterion) {
    criterion.bench_function("building an engine", |b| b.iter(|| black_box(Engine::default())));
}

criterion_group! {
    name = rows;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .sample_size(20);
    targets = ordinary, large, responses, attacks, adversarial, pieces, building
}
criterion_main!(rows);
