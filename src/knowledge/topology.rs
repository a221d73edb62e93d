use super::Knowledge;
use crate::milvus::{Component, MilvusVersion};

/// Which components a cluster of some release has, and which it cannot have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Topology {
    /// It needs these.
    pub with: Vec<Component>,
    /// It knows none of these.
    pub without: Vec<Component>,
}

impl Topology {
    /// Whether the write-ahead log has nodes of its own.
    pub fn streams(&self) -> bool {
        self.with.contains(&Component::StreamingNode)
    }

    /// Whether all coordinators are one.
    pub fn is_mixcoord_only(&self) -> bool {
        self.without.contains(&Component::RootCoord)
    }
}

impl Knowledge {
    /// What the lines up to `version` brought and took, and what later ones are still to bring.
    pub fn topology(&self, version: &MilvusVersion) -> Topology {
        let mut topology = Topology::default();
        for line in self.lines() {
            let Some(rules) = self.line_rules(line) else { continue };
            if line > version.line() {
                let unknown = rules.arrives.iter().filter(|component| !topology.with.contains(component));
                topology.without.extend(unknown);
                continue;
            }
            topology.with.retain(|component| !rules.leaves.contains(component));
            topology.without.retain(|component| !rules.arrives.contains(component));
            topology.with.extend(&rules.arrives);
            topology.without.extend(&rules.leaves);
            if rules.mixcoord_only && !topology.is_mixcoord_only() {
                topology.with.push(Component::MixCoord);
                topology.without.extend(Component::SEPARATE_COORDINATORS);
            }
        }
        topology
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        knowledge::Knowledge,
        milvus::{Component, MilvusVersion},
    };

    #[test]
    fn streaming_came_with_2_6_and_the_index_node_went() {
        let topology = |major, minor| Knowledge::builtin().topology(&MilvusVersion::new(major, minor, 0));
        let older = topology(2, 5);
        assert_eq!((older.with, older.without), (vec![], vec![Component::StreamingNode]));
        for (major, minor) in [(2, 6), (3, 0)] {
            let found = topology(major, minor);
            assert!(found.streams() && found.is_mixcoord_only());
            assert!(found.without.contains(&Component::IndexNode));
        }
    }
}
