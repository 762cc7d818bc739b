//! Whether a name can be one of a list, told by its first letter and its length.
//!
//! Nearly all names differ in these from every name of a list; only the others are compared.

/// For each first letter (of either case; others share the last place) the lengths of the names that begin with it.
#[derive(Debug)]
pub struct Initials([u32; 27]);

impl Initials {
    /// Those of `names`, none longer than 31 bytes.
    pub const fn of(names: &[&str]) -> Initials {
        Initials([0; 27]).and(names)
    }

    /// And those of `names`.
    pub const fn and(mut self, names: &[&str]) -> Initials {
        let mut i = 0;
        while i < names.len() {
            let name = names[i].as_bytes();
            assert!(name.len() < 32 && !name.is_empty());
            self.0[place(name[0])] |= 1 << name.len();
            i += 1;
        }
        self
    }

    /// And those of `names`, as bytes.
    pub const fn and_bytes(mut self, names: &[&[u8]]) -> Initials {
        let mut i = 0;
        while i < names.len() {
            let name = names[i];
            assert!(name.len() < 32 && !name.is_empty());
            self.0[place(name[0])] |= 1 << name.len();
            i += 1;
        }
        self
    }

    /// Whether `name` begins and is as long as one of the names.
    pub fn fit(&self, name: &[u8]) -> bool {
        let lengths = name.first().and_then(|b| self.0.get(place(*b))).copied().unwrap_or(0);
        name.len() < 32 && lengths & 1 << name.len() != 0
    }
}

const fn place(b: u8) -> usize {
    match b | 0x20 {
        letter @ b'a'..=b'z' => (letter - b'a') as usize,
        _ => 26,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_list_fit_in_any_case() {
        const LIST: &[&str] = &["href", "x-y", "_id"];
        let initials = Initials::of(LIST).and(&["o"]).and_bytes(&[b"on"]);
        assert!(
            LIST.iter().all(|n| initials.fit(n.as_bytes())) && initials.fit(b"HREF") && initials.fit(b"On")
        );
        for other in [&b""[..], b"h", b"hrefs", b"src", b"id", &[b'h'; 36]] {
            assert!(!initials.fit(other), "{}", other.escape_ascii());
        }
    }
}
