//! What Milvus is asked to hold still for the time of a run, and what became of that.

use serde::{Deserialize, Serialize};

use crate::{
    knowledge::{Knowledge, Lever},
    milvus::MilvusVersion,
};

/// Everything that could be held still, each thing once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Drain {
    levers: Vec<Held>,
}

/// One thing that could be held still.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Held {
    /// What.
    pub lever: Lever,
    /// How it is with it.
    #[serde(flatten)]
    pub standing: Standing,
}

/// How it is with something that could be held still.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "standing")]
pub enum Standing {
    /// It was not asked for, or not granted, and goes on as always.
    Moving {
        /// Why.
        reason: String,
    },
    /// It is held still, or about to be, and is to be let go.
    Held {
        /// What newer releases want to see again.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ticket: Option<String>,
    },
    /// It was held still, and goes on again.
    LetGo,
    /// It was held still, and could not be let go.
    Stuck {
        /// Why.
        reason: String,
        /// What newer releases want to see again.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ticket: Option<String>,
    },
}

impl Drain {
    /// What is to be held still on the way from one release to another. Both have to be able to: a coordinator that is new
    /// half-way is asked again.
    pub fn of(from: Option<&MilvusVersion>, to: &MilvusVersion, knowledge: &Knowledge) -> Self {
        let standing = |lever| {
            let Some(from) = from else { return moving("nothing says which version runs".to_owned()) };
            let unable =
                [from, to].into_iter().find_map(|version| Some((version, knowledge.holds(lever, version).err()?)));
            match unable {
                None => Standing::Held { ticket: None },
                Some((version, None)) => moving(format!("{version} cannot be asked for it")),
                Some((version, Some(since))) => {
                    moving(format!("{version} cannot be asked for it without harm; from {since} on it can"))
                }
            }
        };
        Self { levers: Lever::ALL.map(|lever| Held { lever, standing: standing(lever) }).into() }
    }

    /// Nothing is held still, for one reason.
    pub fn nothing(reason: &str) -> Self {
        Self { levers: Lever::ALL.map(|lever| Held { lever, standing: moving(reason.to_owned()) }).into() }
    }

    /// Everything, with how it is.
    pub fn levers(&self) -> &[Held] {
        &self.levers
    }

    /// What is still held, with its ticket.
    pub fn held(&self) -> impl Iterator<Item = (Lever, Option<&str>)> {
        self.levers.iter().filter_map(|held| match &held.standing {
            Standing::Held { ticket } | Standing::Stuck { ticket, .. } => Some((held.lever, ticket.as_deref())),
            Standing::Moving { .. } | Standing::LetGo => None,
        })
    }

    /// Whether anything is still held.
    pub fn holds(&self) -> bool {
        self.held().next().is_some()
    }

    /// Notes how it is with one thing now.
    pub fn note(&mut self, lever: Lever, standing: Standing) {
        self.levers.retain(|held| held.lever != lever);
        self.levers.push(Held { lever, standing });
        self.levers.sort_by_key(|held| held.lever);
    }

    /// Takes over what an earlier run holds still, to let it go with the rest.
    pub fn take_over(&mut self, earlier: &Self) {
        for (lever, ticket) in earlier.held() {
            self.note(lever, Standing::Held { ticket: ticket.map(str::to_owned) });
        }
    }
}

fn moving(reason: String) -> Standing {
    Standing::Moving { reason }
}

#[cfg(test)]
mod tests {
    use super::{Drain, Standing};
    use crate::knowledge::{Knowledge, Lever};

    fn of(from: Option<&str>, to: &str) -> Drain {
        let version = |text: &str| text.parse().unwrap();
        Drain::of(from.map(version).as_ref(), &version(to), Knowledge::builtin())
    }

    #[test]
    fn only_what_both_releases_can_hold_is_held() {
        let all = of(Some("2.5.22"), "2.5.27");
        assert_eq!(all.held().collect::<Vec<_>>(), [(Lever::Balance, None), (Lever::GarbageCollection, None)]);
        let one = of(Some("2.5.9"), "2.5.27");
        assert_eq!(one.held().map(|(lever, _)| lever).collect::<Vec<_>>(), [Lever::GarbageCollection]);
        let none = serde_json::to_string(&of(Some("2.2.16"), "2.3.16").levers()[0]).unwrap();
        assert_eq!(none, r#"{"lever":"balance","standing":"moving","reason":"2.2.16 cannot be asked for it"}"#);
        assert!(
            !of(Some("2.6.6"), "2.6.4").held().any(|(lever, _)| lever == Lever::Balance),
            "it would be asked there too"
        );
        assert!(!of(None, "2.6.6").holds());
    }

    #[test]
    fn what_an_earlier_run_holds_is_taken_over_and_nothing_else() {
        let mut earlier = of(Some("2.5.22"), "2.5.27");
        earlier.note(Lever::Balance, Standing::LetGo);
        earlier.note(Lever::GarbageCollection, Standing::Stuck { reason: "no way".into(), ticket: Some("t".into()) });
        let mut now = Drain::nothing("not asked for");
        now.take_over(&earlier);
        assert_eq!(now.held().collect::<Vec<_>>(), [(Lever::GarbageCollection, Some("t"))]);
        assert_eq!(now.levers().len(), Lever::ALL.len());
    }
}
