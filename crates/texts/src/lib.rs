//! Every sentence that people read, in German and English.
