use std::collections::BTreeMap;

use crate::snapshot::Part;

/// What a watch saw of one kind.
pub(super) enum Change<T> {
    /// An object of a list that replaces all.
    Listed(String, Option<T>),
    /// The list is whole.
    Whole,
    Put(String, Option<T>),
    Removed(String),
    /// The watch broke and is being taken up again.
    Trouble(String),
    /// The caller may not watch, and so does not know any more.
    Forbidden(String),
}

/// Objects of one kind by name. A new list replaces all of them once it is whole; before the first one is, the part of
/// the snapshot stays as it was.
pub(super) struct Store<T> {
    kind: &'static str,
    items: BTreeMap<String, T>,
    coming: Option<BTreeMap<String, T>>,
}

impl<T: Clone> Store<T> {
    pub(super) fn new(kind: &'static str) -> Self {
        Self { kind, items: BTreeMap::new(), coming: None }
    }

    /// Takes a change over into `part`, and notes in `trouble` whether the watch is broken.
    pub(super) fn apply(
        &mut self,
        change: Change<T>,
        part: &mut Part<Vec<T>>,
        trouble: &mut BTreeMap<&'static str, String>,
    ) {
        match change {
            Change::Trouble(reason) => drop(trouble.insert(self.kind, reason)),
            Change::Forbidden(reason) => {
                *part = Part::Unknown(reason.clone());
                trouble.insert(self.kind, reason);
            }
            Change::Listed(name, item) => {
                let coming = self.coming.get_or_insert_default();
                coming.extend(item.map(|item| (name, item)));
            }
            Change::Whole => {
                self.items = self.coming.take().unwrap_or_default();
                self.show(part, trouble);
            }
            Change::Put(name, item) => {
                self.items.remove(&name);
                self.items.extend(item.map(|item| (name, item)));
                self.show(part, trouble);
            }
            Change::Removed(name) => {
                self.items.remove(&name);
                self.show(part, trouble);
            }
        }
    }

    fn show(&self, part: &mut Part<Vec<T>>, trouble: &mut BTreeMap<&'static str, String>) {
        trouble.remove(self.kind);
        *part = Part::Known(self.items.values().cloned().collect());
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{Change, Store};
    use crate::snapshot::Part;

    #[test]
    fn a_list_counts_once_it_is_whole_and_a_lost_right_is_no_empty_list() {
        let (mut store, mut trouble) = (Store::new("pods"), BTreeMap::new());
        let mut part = Part::Unknown("not yet".to_owned());
        let mut apply = |change| {
            store.apply(change, &mut part, &mut trouble);
            (part.clone(), trouble.len())
        };
        let listed = |name: &str| Change::Listed(name.to_owned(), Some(1));
        assert_eq!(apply(listed("a")), (Part::Unknown("not yet".into()), 0));
        assert_eq!(apply(Change::Whole), (Part::Known(vec![1]), 0));
        assert_eq!(apply(Change::Trouble("cut".into())), (Part::Known(vec![1]), 1));
        assert_eq!(apply(Change::Put("b".into(), Some(2))), (Part::Known(vec![1, 2]), 0));
        assert_eq!(apply(Change::Removed("a".into())), (Part::Known(vec![2]), 0));
        assert_eq!(apply(Change::Forbidden("no right".into())), (Part::Unknown("no right".into()), 1));
        assert_eq!(apply(listed("c")).0, Part::Unknown("no right".into()));
        assert_eq!(apply(Change::Whole), (Part::Known(vec![1]), 0), "what the new list has not is gone");
    }
}
