//! How many contacts an agent holds at once, by channel.

use serde::{Deserialize, Serialize};

use crate::SLOT_BOUND;
use crate::event::{Refusal, RefusalCode};

/// What a contact and its agent meet by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// Sound alone.
    Voice,
    /// Picture and sound.
    #[default]
    Video,
    /// Text alone.
    Chat,
    /// The agent calls the customer.
    Callback,
}

impl Channel {
    /// All of them.
    pub const ALL: [Channel; 4] = [
        Channel::Voice,
        Channel::Video,
        Channel::Chat,
        Channel::Callback,
    ];
}

/// A set of channels. In JSON a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "Vec<Channel>", into = "Vec<Channel>")]
pub struct Channels(u8);

impl Channels {
    /// Whether none is in it.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether this one is in it.
    #[must_use]
    pub fn has(self, channel: Channel) -> bool {
        self.0 >> channel as u8 & 1 == 1
    }

    /// Those in it, in the order of [`Channel::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Channel> {
        Channel::ALL
            .into_iter()
            .filter(move |channel| self.has(*channel))
    }
}

impl FromIterator<Channel> for Channels {
    fn from_iter<I: IntoIterator<Item = Channel>>(channels: I) -> Self {
        let bits = channels.into_iter().map(|channel| 1 << channel as u8);
        Self(bits.fold(0, |all, bit| all | bit))
    }
}

impl From<Vec<Channel>> for Channels {
    fn from(channels: Vec<Channel>) -> Self {
        channels.into_iter().collect()
    }
}

impl From<Channels> for Vec<Channel> {
    fn from(channels: Channels) -> Self {
        channels.iter().collect()
    }
}

/// What an agent takes of one channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allowance {
    /// Contacts at once, those in wrap-up included, 0 to [`SLOT_BOUND`](crate::SLOT_BOUND).
    pub slots: u8,
    /// Channels of which the agent is offered nothing while they hold one of these.
    #[serde(default)]
    pub blocks: Channels,
}

/// How many contacts of each channel an agent holds at once, and which of them exclude others. What
/// is held already is never taken away by a smaller one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Capacity {
    /// Of voice.
    #[serde(default)]
    pub voice: Allowance,
    /// Of video.
    #[serde(default)]
    pub video: Allowance,
    /// Of chat.
    #[serde(default)]
    pub chat: Allowance,
    /// Of callbacks.
    #[serde(default)]
    pub callback: Allowance,
}

impl Capacity {
    /// No contact at all.
    pub const NONE: Self = Self {
        voice: Allowance::NONE,
        video: Allowance::NONE,
        chat: Allowance::NONE,
        callback: Allowance::NONE,
    };

    /// One call, by voice, video or callback, beside so many chats.
    #[must_use]
    pub fn one_call(chats: u8) -> Self {
        let call = Allowance {
            slots: 1,
            blocks: [Channel::Voice, Channel::Video, Channel::Callback]
                .into_iter()
                .collect(),
        };
        let chat = Allowance {
            slots: chats,
            blocks: Channels::default(),
        };
        Self {
            voice: call,
            video: call,
            chat,
            callback: call,
        }
    }

    /// What the agent takes of this channel.
    #[must_use]
    pub fn of(&self, channel: Channel) -> Allowance {
        match channel {
            Channel::Voice => self.voice,
            Channel::Video => self.video,
            Channel::Chat => self.chat,
            Channel::Callback => self.callback,
        }
    }

    /// The channels of which somebody who holds these contacts can take one more.
    pub(crate) fn open(&self, held: impl Iterator<Item = Channel>) -> Channels {
        let mut counts = [0; Channel::ALL.len()];
        let mut blocked = 0;
        for channel in held {
            counts[channel as usize] += 1;
            blocked |= self.of(channel).blocks.0;
        }
        let room = |channel: &Channel| counts[*channel as usize] < self.of(*channel).slots;
        let with_room: Channels = Channel::ALL.into_iter().filter(room).collect();
        Channels(with_room.0 & !blocked)
    }

    pub(crate) fn check(&self) -> Result<(), Refusal> {
        for channel in Channel::ALL {
            let slots = self.of(channel).slots;
            if slots > SLOT_BOUND {
                return Err(Refusal::new(
                    RefusalCode::Invalid,
                    format!("capacity: {channel:?} has {slots} slots, must be 0 to {SLOT_BOUND}"),
                ));
            }
        }
        Ok(())
    }
}

impl Default for Capacity {
    /// One call and no chat.
    fn default() -> Self {
        Self::one_call(0)
    }
}

impl Allowance {
    const NONE: Self = Self {
        slots: 0,
        blocks: Channels(0),
    };
}
