//! The domain in its own words: versions, images, components, modes, message queues.

mod component;
mod count;
mod image;
mod message_queue;
mod mode;
mod target;
mod update_mode;
mod version;

pub use component::Component;
pub use count::count;
pub use image::Image;
pub use message_queue::MessageQueue;
pub use mode::Mode;
pub use target::{Line, VersionRequest};
pub use update_mode::ImageUpdateMode;
pub use version::{InvalidVersion, MilvusVersion};
