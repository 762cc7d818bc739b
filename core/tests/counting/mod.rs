//! An allocator that counts, for each thread by itself: how often it was asked, and how many bytes are held at most.

#![allow(dead_code, unsafe_code)] // each test uses its part; an allocator is unsafe to write

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

pub struct Counting;

thread_local! {
    static CALLS: Cell<usize> = const { Cell::new(0) };
    static HELD: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
}

fn note(calls: usize, bytes: isize) {
    // The thread's counters are gone while it ends: nobody asks for them then.
    let _ = CALLS.try_with(|c| c.set(c.get() + calls));
    let held = HELD.try_with(|h| {
        h.set(h.get() + bytes);
        h.get()
    });
    let _ = PEAK.try_with(|p| p.set(p.get().max(held.unwrap_or(0))));
}

// SAFETY: every call is passed on to the system's allocator unchanged; counting neither allocates nor unwinds, for the
// counters are constant-initialised cells without destructors.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(1, layout.size() as isize);
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        note(0, -(layout.size() as isize));
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        note(1, size as isize - layout.size() as isize);
        // SAFETY: the caller keeps the contract of `realloc`.
        unsafe { System.realloc(block, layout, size) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// How often `act` asked this thread's allocator for memory.
pub fn calls(act: impl FnOnce()) -> usize {
    let before = CALLS.get();
    act();
    CALLS.get() - before
}

/// The most bytes this thread held while `act` ran, beyond what it held before.
pub fn peak(act: impl FnOnce()) -> usize {
    let before = HELD.get();
    PEAK.set(before);
    act();
    (PEAK.get() - before) as usize
}
