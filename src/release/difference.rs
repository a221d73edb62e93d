use super::{Item, Prepared, Releases};
use crate::{failure::Failure, helm::resource::Resource, plan::Difference};

impl Releases<'_> {
    /// What becomes of every object, by both manifests. Marks that Helm puts on objects are in neither, and what somebody
    /// changed in the cluster meanwhile is not told.
    pub fn difference(&self, prepared: &Prepared) -> Result<Difference, Failure> {
        let new: Vec<Resource> = Item::of_manifest(&prepared.next.manifest, self.kinds, &self.namespace)?
            .into_iter()
            .map(resource)
            .collect();
        let (old, beyond) = prepared.old.split_at(prepared.old.len() - prepared.beyond);
        let resources = |items: &[Item]| items.iter().cloned().map(resource).collect::<Vec<_>>();
        Ok(Difference::of(&resources(old), &new, &resources(beyond), &self.namespace))
    }
}

fn resource(item: Item) -> Resource {
    item.resource
}
