//! Nothing: the dependencies of this package are the corpus, and its lock file has their checksums.
