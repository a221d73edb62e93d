use super::{Before, Journal, Operation};
use crate::{
    check::Direction,
    milvus::{Image, MilvusVersion},
    plan::Action,
    snapshot::Standing,
};

/// What ran before, and so where a way back leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Former {
    /// Its version.
    pub version: MilvusVersion,
    /// Its image, where the spec named one.
    pub image: Option<Image>,
    /// The revision of the Helm release.
    pub revision: Option<i64>,
}

impl Journal {
    /// What ran before a migration that did not come to its end. A way back over it found everything stopped, and knows
    /// from its plan where it leads.
    pub fn standing(&self) -> Option<Standing> {
        let Before::Milvus { spec, .. } = &self.before else { return None };
        let is_back = self.plan.target.direction == Direction::Restore;
        let patches = self.plan.steps.iter().filter_map(|step| match &step.action {
            Action::Patch { patch } => Standing::of_spec(&patch["spec"]),
            _ => None,
        });
        let noted = Standing::of_spec(spec).filter(|standing| !standing.is_stopped());
        let mut standing = noted.or_else(|| patches.into_iter().next())?;
        if is_back {
            standing.image = self.plan.target.image.clone();
        }
        Some(standing)
    }

    /// Where a way back leads that this run asks for: a rollback that has not come to its end goes on where it was going,
    /// and an upgrade is taken back to what ran before it. `furthest` is the newest version that anything runs; what is not
    /// older is no way back.
    pub fn former(&self, furthest: &MilvusVersion) -> Option<Former> {
        match self.operation {
            Operation::Rollback if !self.is_done() => {
                let target = &self.plan.target;
                Some(Former {
                    version: target.version.clone(),
                    image: Some(target.image.clone()),
                    revision: target.revision,
                })
            }
            Operation::Upgrade | Operation::Migrate => {
                let version: MilvusVersion = self.from.as_ref()?.parse().ok()?;
                let revision = match self.before {
                    Before::Release { revision, .. } => Some(revision),
                    Before::Milvus { .. } => None,
                };
                (version < *furthest).then(|| Former { version, image: self.plan.from.clone(), revision })
            }
            Operation::Rollback => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        journal::{Operation, Outcome, sample},
        milvus::MilvusVersion,
    };

    #[test]
    fn an_upgrade_is_taken_back_to_what_ran_before_it() {
        let journal = sample::journal();
        let former = journal.former(&MilvusVersion::new(2, 6, 6)).expect("a way back");
        assert_eq!((former.version.to_string(), former.image), ("2.5.22".to_owned(), journal.plan.from.clone()));
        assert_eq!(journal.former(&MilvusVersion::new(2, 5, 22)), None, "it was taken back already");
    }

    #[test]
    fn a_rollback_goes_on_until_it_is_done() {
        let mut journal = sample::journal();
        journal.operation = Operation::Rollback;
        let older = MilvusVersion::new(2, 5, 22);
        assert_eq!(journal.former(&older).map(|former| former.version), Some(journal.plan.target.version.clone()));
        journal.end(Outcome::Done, sample::moment());
        assert_eq!(journal.former(&older), None);
    }
}
