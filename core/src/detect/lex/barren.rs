//! What readings of a command came to nothing have passed before their first word.
//!
//! Marks that open a command stand in rows: `;|&$(`. A reading that begins at one of them goes over those behind it, each of
//! which begins a reading of its own. Where one comes to a place that an earlier one has passed with the same to say of what
//! stood before, it would go on as that one did.

/// Places kept. Few marks stand before a first word.
const KEPT: usize = 64;

/// The places that readings without a result have passed, and how: a bit for each state.
#[derive(Debug)]
pub struct Barren {
    at: [usize; KEPT],
    states: [u8; KEPT],
}

/// What is known at a place before the first word.
#[derive(Clone, Copy, Debug)]
pub struct State {
    /// A backtick is open.
    pub ticks: bool,
    /// The next word is where a redirection goes.
    pub target: bool,
    /// A redirection has just been read.
    pub redirect: bool,
}

impl Default for Barren {
    fn default() -> Self {
        Barren { at: [usize::MAX; KEPT], states: [0; KEPT] }
    }
}

impl Barren {
    /// Whether a reading has passed `at` in this state before. If not, this one does, and is `kept` or not.
    pub fn passes(&mut self, at: usize, state: State, kept: bool) -> bool {
        let State { ticks, target, redirect } = state;
        let bit = 1 << (u8::from(ticks) | u8::from(target) << 1 | u8::from(redirect) << 2);
        let (Some(place), Some(states)) = (self.at.get_mut(at % KEPT), self.states.get_mut(at % KEPT)) else {
            return false;
        };
        if *place != at {
            (*place, *states) = (at, 0);
        }
        let passed = *states & bit != 0;
        *states |= if kept { bit } else { 0 };
        passed
    }

    /// The last reading has a result: what it passed is not barren.
    pub fn forget(&mut self) {
        self.at = [usize::MAX; KEPT];
    }
}
