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
    rates_per_s: Vec<f64>,
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
            rates_per_s: vec![0.0; lines.len()],
        };
        for pool in 0..pools.len() {
            attention.served[pool] = attention.oldest(pool);
        }
        for line in 0..lines.len() {
            attention.add_up(line);
        }
        attention
    }

    /// At which rate agents come to this line.
    pub fn rate_per_s(&self, line: usize) -> f64 {
        self.rates_per_s[line]
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
            self.served[pool] = self.oldest(pool);
            match self.served[pool] {
                Some(oldest) if oldest == line => {}
                Some(oldest) => {
                    self.add_up(line);
                    self.add_up(oldest);
                }
                None => {
                    let pools = self.pools;
                    for &newcomers in &pools[pool].lines {
                        self.add_up(newcomers);
                    }
                }
            }
        }
    }

    fn oldest(&self, pool: usize) -> Option<usize> {
        let lines = self.pools[pool].lines.iter().copied();
        // The first one of those that are equal.
        lines
            .filter(|&line| self.heads[line] < f64::INFINITY)
            .min_by(|&one, &other| self.heads[one].total_cmp(&self.heads[other]))
    }

    /// Anew each time, so that a line nobody works for is at 0 and not at a rounding.
    fn add_up(&mut self, line: usize) {
        self.rates_per_s[line] = self.pools_of[line]
            .iter()
            .filter(|&&pool| self.served[pool].is_none_or(|served| served == line))
            .map(|&pool| self.pools[pool].free_per_s)
            .sum();
    }
}

fn head(lines: &[Line], line: usize, taken: usize) -> f64 {
    lines[line]
        .heads
        .get(taken)
        .copied()
        .unwrap_or(f64::INFINITY)
}
