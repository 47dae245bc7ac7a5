//! Which lines share agents, directly or through others.

use crate::Pool;

/// The lines that agents serve, in parts that have nothing to do with each other.
pub fn apart(lines: usize, pools: &[Pool]) -> Vec<Vec<usize>> {
    let mut roots: Vec<usize> = (0..lines).collect();
    for pool in pools {
        for pair in pool.lines.windows(2) {
            let (one, other) = (root(&mut roots, pair[0]), root(&mut roots, pair[1]));
            roots[other] = one;
        }
    }
    let mut parts = vec![Vec::new(); lines];
    for line in 0..lines {
        parts[root(&mut roots, line)].push(line);
    }
    parts
}

fn root(roots: &mut [usize], mut line: usize) -> usize {
    while roots[line] != line {
        // Halves the way for who comes next.
        roots[line] = roots[roots[line]];
        line = roots[line];
    }
    line
}
