//! The library behind `kubectl milvus`.
