//! Which of the remembered fields comes next: what followed the fields of this head so far when they came before.
//!
//! The fields of a client come in the same order each time, so the next one is nearly always known before it is looked at;
//! what is left is to compare it. What followed is remembered by the whole way from the beginning of the head: a field that
//! several clients send, such as `Connection: keep-alive`, is followed by another one for each. It is a guess and nothing
//! more: who asks compares the field itself. The memory is bounded; when it is full the ways are learnt anew.

/// Most steps that are remembered: a number has to fit a byte.
const MOST: usize = 256;
/// Guesses at one step.
const GUESSES: usize = 8;
/// Steps that follow one at most, of those that are looked for by their place.
const CHOICES: usize = 32;

/// A field met after others.
#[derive(Clone, Copy, Debug, Default)]
struct Step {
    /// Where the field is remembered.
    place: u8,
    /// The step that follows, the newest if there are several; another one that followed the step before this one; and what
    /// follows a field that is not remembered. Zero is none.
    next: u8,
    instead: u8,
    strange: u8,
}

/// A field that may come next.
#[derive(Clone, Copy, Debug)]
pub(super) struct Guess {
    /// Where the field is remembered.
    pub place: usize,
    step: u8,
}

/// What followed at one step, the newest first.
#[derive(Debug)]
pub(super) struct Guesses {
    next: u8,
    left: usize,
}

impl Guesses {
    /// The next guess.
    #[inline(always)]
    pub fn next(&mut self, ahead: &Ahead) -> Option<Guess> {
        self.left = self.left.checked_sub(1)?;
        let (step, taken) = (self.next, ahead.steps.get(usize::from(self.next)).filter(|_| self.next != 0)?);
        self.next = taken.instead;
        Some(Guess { place: usize::from(taken.place), step })
    }
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Ahead {
    /// The first stands for the beginning of the head.
    steps: Vec<Step>,
    /// The step taken last.
    at: u8,
}

impl Ahead {
    /// A head begins.
    #[inline]
    pub fn start(&mut self) {
        self.at = 0;
    }

    /// Forgets all ways: the places are others from now on.
    pub fn forget(&mut self) {
        self.steps.clear();
        self.at = 0;
    }

    /// The place of the next field, if it `is` one of those that followed: then that step is taken.
    pub fn follow(&mut self, mut is: impl FnMut(usize) -> bool) -> Option<usize> {
        let mut guesses = self.guesses();
        while let Some(guess) = guesses.next(self) {
            if is(guess.place) {
                return Some(self.take(guess));
            }
        }
        None
    }

    /// What may come next, to be asked for one guess after the other. PERF: who does so needs no closure, which would be called.
    #[inline(always)]
    pub fn guesses(&self) -> Guesses {
        Guesses { next: self.steps.get(usize::from(self.at)).map_or(0, |step| step.next), left: GUESSES }
    }

    /// The place of the next field, if it was guessed right: then that step is taken.
    #[inline(always)]
    pub fn take(&mut self, guess: Guess) -> usize {
        self.at = guess.step;
        guess.place
    }

    /// The next field has been met at `place`, or is one that is not remembered.
    pub fn meet(&mut self, place: Option<usize>) {
        let at = usize::from(self.at);
        let Some(place) = place else {
            let strange = self.steps.get(at).map_or(0, |step| step.strange);
            self.at = if strange == 0 {
                self.add(Step::default(), |last, new| last.strange = new)
            } else {
                strange
            };
            return;
        };
        let place = place as u8;
        let first = self.steps.get(at).map_or(0, |step| step.next);
        self.at = match self.choose(at, place) {
            Some(step) => step,
            None => self.add(Step { place, instead: first, ..Step::default() }, |last, new| last.next = new),
        };
    }

    /// The step to `place` of those that follow the step `at`. It becomes the first that is guessed: of many that take turns
    /// the guesses would never reach the last.
    fn choose(&mut self, at: usize, place: u8) -> Option<u8> {
        let first = self.steps.get(at)?.next;
        let (mut before, mut next) = (0, first);
        for _ in 0..CHOICES {
            let step = *self.steps.get(usize::from(next)).filter(|_| next != 0)?;
            if step.place == place {
                if before != 0 {
                    self.steps.get_mut(usize::from(before))?.instead = step.instead;
                    self.steps.get_mut(usize::from(next))?.instead = first;
                    self.steps.get_mut(at)?.next = next;
                }
                return Some(next);
            }
            (before, next) = (next, step.instead);
        }
        None
    }

    /// Adds a step after the one taken last.
    fn add(&mut self, step: Step, link: impl FnOnce(&mut Step, u8)) -> u8 {
        if self.steps.is_empty() {
            self.steps.push(Step::default());
        }
        if self.steps.len() == MOST {
            self.steps.truncate(1);
            self.steps[0] = Step::default();
            return 0;
        }
        let new = self.steps.len() as u8;
        if let Some(last) = self.steps.get_mut(usize::from(self.at)) {
            link(last, new);
        }
        self.steps.push(step);
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(ahead: &mut Ahead, way: &[usize]) -> usize {
        ahead.start();
        let mut guessed = 0;
        for &place in way {
            match ahead.follow(|p| p == place) {
                Some(_) => guessed += 1,
                None => ahead.meet(Some(place)),
            }
        }
        guessed
    }

    #[test]
    fn each_way_is_guessed_once_it_was_taken_even_where_ways_share_steps() {
        let ways: [&[usize]; 4] = [&[1, 2, 3, 4, 5], &[1, 2, 7, 4, 6], &[9, 2, 3, 6, 5], &[1, 2, 3, 4, 8]];
        let mut ahead = Ahead::default();
        ways.iter().for_each(|way| _ = take(&mut ahead, way));
        for way in ways {
            assert_eq!(take(&mut ahead, way), way.len());
        }
    }

    #[test]
    fn what_follows_a_field_that_is_new_each_time_is_guessed() {
        let mut ahead = Ahead::default();
        for round in 0..3 {
            ahead.start();
            assert_eq!(ahead.follow(|p| p == 1).is_some(), round > 0);
            if round == 0 {
                ahead.meet(Some(1));
            }
            ahead.meet(None);
            assert_eq!(ahead.follow(|p| p == 2).is_some(), round > 0);
            if round == 0 {
                ahead.meet(Some(2));
            }
        }
    }

    #[test]
    fn of_many_that_take_turns_each_is_found_again_and_none_is_learnt_twice() {
        let ways: Vec<Vec<usize>> = (1..=20).map(|n| vec![100, n, 200 + n]).collect();
        let mut ahead = Ahead::default();
        ways.iter().for_each(|way| _ = take(&mut ahead, way));
        let steps = ahead.steps.len();
        for _ in 0..3 {
            for way in &ways {
                assert!(take(&mut ahead, way) >= way.len() - 1, "what follows the choice is guessed");
            }
        }
        assert_eq!(ahead.steps.len(), steps);
        // Few of them take turns: guessed, all of them.
        for round in 0..2 {
            for way in ways.iter().step_by(4) {
                assert!(round == 0 || take(&mut ahead, way) == way.len());
                take(&mut ahead, way);
            }
        }
    }

    #[test]
    fn the_memory_is_bounded() {
        let mut ahead = Ahead::default();
        for n in 0..10 * MOST {
            ahead.start();
            (0..5).for_each(|i| ahead.meet(Some((n * 31 + i) % 256)));
            assert!(ahead.steps.len() <= MOST && usize::from(ahead.at) < ahead.steps.len());
        }
    }
}
