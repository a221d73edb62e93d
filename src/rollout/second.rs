//! What is said where more than one thing was tried: as a second user, and by writing.

use super::serving::{Reason, Severity, Verdict};
use crate::snapshot::Reply;

impl Verdict {
    /// This, with what a second user sees, who is known by a Secret: the worse of the two.
    #[must_use]
    pub(super) fn joined(mut self, second: &Self, secret: &str) -> Self {
        let who = format!("as the user of secret/{secret}");
        let is_lost = [&self, second].iter().any(|verdict| matches!(verdict, Self::Lost { .. }));
        let foreign = second.reasons().iter();
        let foreign = foreign.map(|reason| Reason { text: format!("{who}, {}", reason.text), ..reason.clone() });
        match (&mut self, second) {
            (Self::Serving { notes, .. }, Self::Serving { collections, answered, .. }) => {
                notes.push(format!("{who}: {answered} of {collections} collections answer"));
                self
            }
            (Self::Serving { notes, .. }, Self::Unknown { reason }) => {
                notes.push(format!("{who}: unknown, {reason}"));
                self
            }
            (Self::Serving { collections, .. }, _) => Self::failing(*collections, foreign.collect(), is_lost),
            (Self::NotYet { collections, reasons } | Self::Lost { collections, reasons }, _) => {
                let own = reasons.iter().cloned();
                Self::failing(*collections, own.chain(foreign).collect(), is_lost)
            }
            (Self::Unknown { .. }, _) => self,
        }
    }

    /// This, with what came of writing a row now and before.
    #[must_use]
    pub fn written(mut self, before: Option<&Reply>, now: &Reply) -> Self {
        let Self::Serving { collections, notes, .. } = &mut self else { return self };
        match (before, now) {
            (_, Reply::Answered { milliseconds }) => {
                notes.push(format!("a row was written, read again and taken away, within {milliseconds} ms"));
            }
            (Some(Reply::Failed { .. }), Reply::Failed { words }) => {
                notes.push(format!("a row could not be written before either: {words}"));
            }
            (_, Reply::Failed { words }) => {
                let text = format!("a row cannot be written and read again; the server says \"{words}\"");
                let reason = Reason { severity: Severity::Outage, collection: String::new(), text, known: None };
                return Self::failing(*collections, vec![reason], false);
            }
            (_, Reply::NotAsked) => {}
        }
        self
    }

    fn failing(collections: usize, mut reasons: Vec<Reason>, is_lost: bool) -> Self {
        reasons.sort_by_key(|reason| reason.severity);
        if is_lost { Self::Lost { collections, reasons } } else { Self::NotYet { collections, reasons } }
    }
}

#[cfg(test)]
mod tests {
    use super::super::judge;
    use crate::{
        rollout::Verdict,
        snapshot::{Collection, CollectionName, Golden, Interface, Load, Part, Reply, Second, Serving},
    };

    fn serving(query: Reply) -> Serving {
        let name = CollectionName { database: "default".into(), name: "docs".into() };
        let (rows, indexes) = (Part::Known(1), Part::Known(vec![]));
        let docs = Collection { name, load: Part::Known(Load::Loaded), rows, indexes, query };
        Serving::of(Interface::V2, Part::Known(vec![]), vec![docs])
    }

    fn answered() -> Serving {
        serving(Reply::Answered { milliseconds: 1 })
    }

    fn with_second(seen: Part<Serving>) -> Part<Serving> {
        let second = Some(Box::new(Second { secret: "app".into(), seen }));
        Part::Known(Serving { second, ..answered() })
    }

    fn told(verdict: &Verdict) -> Vec<&str> {
        match verdict {
            Verdict::Serving { notes, .. } => notes.iter().map(String::as_str).collect(),
            other => other.reasons().iter().map(|reason| reason.text.as_str()).collect(),
        }
    }

    #[test]
    fn what_an_application_no_longer_sees_is_no_service() {
        let before = with_second(Part::Known(answered()));
        let same = judge(&before, &before);
        assert!(matches!(same, Verdict::Serving { .. }));
        assert_eq!(told(&same), ["as the user of secret/app: 1 of 1 collections answer"]);
        let refused = serving(Reply::Failed { words: "permission deny".into() });
        let verdict = judge(&before, &with_second(Part::Known(refused)));
        assert!(matches!(verdict, Verdict::NotYet { collections: 1, .. }), "{verdict:?}");
        let text = "as the user of secret/app, a query is not answered; the server says \"permission deny\"";
        assert_eq!(told(&verdict), [text]);
        let gone = Serving::of(Interface::V2, Part::Known(vec![]), vec![]);
        assert!(matches!(judge(&before, &with_second(Part::Known(gone))), Verdict::Lost { .. }));
        let locked_out = with_second(Part::Unknown("no right user".into()));
        assert!(matches!(judge(&before, &locked_out), Verdict::NotYet { .. }));
        assert_eq!(told(&judge(&locked_out, &locked_out)), ["as the user of secret/app: unknown, no right user"]);
    }

    #[test]
    fn a_query_that_finds_less_than_it_did_is_told() {
        let golden = |found: Part<usize>| {
            let (query, expected, least, milliseconds) = ("query 1 on docs".into(), 10, 9, 3);
            Part::Known(Serving { golden: vec![Golden { query, expected, least, found, milliseconds }], ..answered() })
        };
        let (good, poor, silent) =
            (golden(Part::Known(10)), golden(Part::Known(7)), golden(Part::Unknown("no shard leader".into())));
        assert_eq!(told(&judge(&good, &golden(Part::Known(9)))), [""; 0], "that is enough");
        assert_eq!(told(&judge(&good, &poor)), ["query 1 on docs finds 7 of 10 expected rows, and 9 would be enough"]);
        assert_eq!(told(&judge(&poor, &poor)), ["query 1 on docs found 7 of 10 expected rows before too"]);
        let words = "query 1 on docs is not answered; the server says \"no shard leader\"";
        assert_eq!(told(&judge(&good, &silent)), [words]);
        assert!(matches!(judge(&silent, &silent), Verdict::Serving { .. }), "it is none of the run's doing");
    }

    #[test]
    fn a_row_that_can_no_longer_be_written_is_told() {
        let verdict = || judge(&Part::Known(answered()), &Part::Known(answered()));
        let (good, bad) = (Reply::Answered { milliseconds: 340 }, Reply::Failed { words: "disk quota".into() });
        let text = "a row was written, read again and taken away, within 340 ms";
        assert_eq!(told(&verdict().written(Some(&good), &good)), [text]);
        let text = "a row cannot be written and read again; the server says \"disk quota\"";
        assert_eq!(told(&verdict().written(Some(&good), &bad)), [text]);
        assert!(matches!(verdict().written(Some(&bad), &bad), Verdict::Serving { .. }));
    }
}
