//! How often an agent comes to each line: a pool works for the oldest contact it can serve, and if
//! there is none for each newcomer, as they aren't in each other's way.

use crate::{Line, Pool};

pub struct Attention<'a> {
    lines: &'a [Line],
    pools: &'a [Pool],
    pools_of: Vec<Vec<usize>>,
    /// The order of who is next in each line; infinite for the newcomer, who comes after all.
    heads: Vec<f64>,
    /// The line that each pool works for; none if it is for all of its newcomers.
    served: Vec<Option<usize>>,
    comes: Vec<Comes>,
}

/// Who works for a line.
#[derive(Clone, Copy, Default)]
struct Comes {
    pools: usize,
    rate_per_s: f64,
}

impl<'a> Attention<'a> {
    pub fn new(lines: &'a [Line], pools: &'a [Pool]) -> Self {
        let mut pools_of = vec![Vec::new(); lines.len()];
        for (index, pool) in pools.iter().enumerate() {
            for &line in &pool.lines {
                pools_of[line].push(index);
            }
        }
        let mut attention = Self {
            lines,
            pools,
            pools_of,
            heads: (0..lines.len()).map(|line| head(lines, line, 0)).collect(),
            served: vec![None; pools.len()],
            comes: vec![Comes::default(); lines.len()],
        };
        for pool in 0..pools.len() {
            attention.send(pool);
        }
        attention
    }

    /// At which rate agents come to this line.
    pub fn rate_per_s(&self, line: usize) -> f64 {
        self.comes[line].rate_per_s
    }

    /// So many steps of this line are done: it has another head.
    pub fn turn(&mut self, line: usize, taken: usize) {
        self.heads[line] = head(self.lines, line, taken);
        for n in 0..self.pools_of[line].len() {
            let pool = self.pools_of[line][n];
            // Heads only get younger: who works for another line stays there.
            if self.served[pool] != Some(line) {
                continue;
            }
            self.leave(line, pool);
            self.send(pool);
        }
    }

    /// The pool works from now on for the line that it should.
    fn send(&mut self, pool: usize) {
        self.served[pool] = self.oldest(pool);
        let Pool { lines, free_per_s } = &self.pools[pool];
        let lines = match &self.served[pool] {
            Some(line) => std::slice::from_ref(line),
            None => lines,
        };
        for &line in lines {
            self.comes[line].pools += 1;
            self.comes[line].rate_per_s += free_per_s;
        }
    }

    fn leave(&mut self, line: usize, pool: usize) {
        let comes = &mut self.comes[line];
        comes.pools -= 1;
        comes.rate_per_s -= self.pools[pool].free_per_s;
        if comes.pools == 0 {
            // And not at a rounding.
            comes.rate_per_s = 0.0;
        }
    }

    fn oldest(&self, pool: usize) -> Option<usize> {
        let lines = self.pools[pool].lines.iter().copied();
        // The first one of those that are equal.
        lines
            .filter(|&line| self.heads[line] < f64::INFINITY)
            .min_by(|&one, &other| self.heads[one].total_cmp(&self.heads[other]))
    }
}

fn head(lines: &[Line], line: usize, taken: usize) -> f64 {
    lines[line]
        .heads
        .get(taken)
        .copied()
        .unwrap_or(f64::INFINITY)
}
