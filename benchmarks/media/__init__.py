"""Our media server and another one under the same load, in the same run."""
