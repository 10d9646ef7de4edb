//! Why a mail is sent, and which duties follow from that.
//!
//! A new kind of mail does not compile until its duties are decided here
//! (DESIGN §3, decision D13).

/// Why a mail leaves. Decides its duties.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// A newsletter to contacts with consent.
    Newsletter,
    /// A mail that follows a tag after a delay.
    Autoresponder,
    /// The mail with the confirmation link (R15).
    Confirmation,
    /// A newsletter or autoresponder shown to a user of the account.
    TestMail,
    /// Asks the owner of an address to prove it (R49).
    AddressProof,
    /// Tells a customer or the operator what happened.
    AccountNotice,
    /// Answers a letter to the abuse desk (R91).
    AbuseReply,
    /// A reply to a platform address, passed on to the customer's mailbox (D7).
    ForwardedReply,
}

/// What a mail of one purpose must carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Duties {
    /// Signature block with unsubscribe link and sentence (R26, R38).
    pub signature_block: bool,
    /// `List-Unsubscribe` and `List-Unsubscribe-Post` (R34, U1–U5).
    pub list_unsubscribe: bool,
    /// Preference link beside the unsubscribe link (R38; a confirmation mail has none).
    pub preference_link: bool,
    /// The account's legal notice in every part (R46).
    pub legal_notice: bool,
    /// `List-Id`, `Feedback-ID`, `CFBL-Address`, `CFBL-Feedback-ID` (U13, F9, F12).
    pub list_identity: bool,
    /// From = the account's own proven address (R50); otherwise the operator's.
    pub account_sender: bool,
    /// The value of `Auto-Submitted`, if the header stands (M8).
    pub auto_submitted: Option<&'static str>,
    /// Links, images and style sheets of others are forbidden (L2, L3).
    pub bare: bool,
    /// Counts as *sent* in the complaint score (R67).
    pub counts_as_sent: bool,
}

const BULK: Duties = Duties {
    signature_block: true,
    list_unsubscribe: true,
    preference_link: true,
    legal_notice: true,
    list_identity: true,
    account_sender: true,
    auto_submitted: None,
    bare: false,
    counts_as_sent: true,
};

const PLATFORM: Duties = Duties {
    signature_block: false,
    list_unsubscribe: false,
    preference_link: false,
    legal_notice: false,
    list_identity: false,
    account_sender: false,
    auto_submitted: Some("auto-generated"),
    bare: true,
    counts_as_sent: false,
};

impl Purpose {
    /// Every purpose, in the order of their numbers.
    pub const ALL: [Self; 8] = [
        Self::Newsletter,
        Self::Autoresponder,
        Self::Confirmation,
        Self::TestMail,
        Self::AddressProof,
        Self::AccountNotice,
        Self::AbuseReply,
        Self::ForwardedReply,
    ];

    /// What a mail of this purpose must carry.
    #[must_use]
    pub const fn duties(self) -> Duties {
        match self {
            Self::Newsletter => BULK,
            Self::Autoresponder => Duties { auto_submitted: Some("auto-generated"), ..BULK },
            Self::TestMail => Duties { counts_as_sent: false, ..BULK },
            Self::Confirmation => Duties {
                preference_link: false,
                list_identity: false,
                auto_submitted: Some("auto-generated"),
                bare: true,
                counts_as_sent: false,
                ..BULK
            },
            Self::AddressProof | Self::AccountNotice => PLATFORM,
            Self::AbuseReply => Duties { auto_submitted: Some("auto-replied"), ..PLATFORM },
            // The body is another person's and stays untouched.
            Self::ForwardedReply => Duties { auto_submitted: None, bare: false, ..PLATFORM },
        }
    }

    /// The number in the database. Never reused.
    #[must_use]
    pub const fn number(self) -> i64 {
        match self {
            Self::Newsletter => 1,
            Self::Autoresponder => 2,
            Self::Confirmation => 3,
            Self::TestMail => 4,
            Self::AddressProof => 5,
            Self::AccountNotice => 6,
            Self::AbuseReply => 7,
            Self::ForwardedReply => 8,
        }
    }

    /// The purpose behind a number of the database.
    #[must_use]
    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.number() == number)
    }

    /// The word by which kept mails, logs and the API name the purpose.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Newsletter => "newsletter",
            Self::Autoresponder => "autoresponder",
            Self::Confirmation => "confirmation",
            Self::TestMail => "test",
            Self::AddressProof | Self::AccountNotice => "system",
            Self::AbuseReply => "reply",
            Self::ForwardedReply => "forwarded",
        }
    }

    /// Whether the mail goes out before bulk mail (R15).
    #[must_use]
    pub const fn before_bulk(self) -> bool {
        !matches!(self, Self::Newsletter | Self::Autoresponder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Proves R28, R34, R38, R46 and D13: whatever addresses a recipient carries the way out and the
    /// legal notice; the way to the settings too, where there are settings.
    #[test]
    fn r28_r34_every_purpose_to_recipients_carries_the_way_out() {
        for purpose in Purpose::ALL {
            let duties = purpose.duties();
            let exempt = matches!(
                purpose,
                Purpose::AddressProof | Purpose::AccountNotice | Purpose::AbuseReply | Purpose::ForwardedReply
            );
            assert_eq!(duties.signature_block, !exempt, "{purpose:?}");
            assert_eq!(duties.list_unsubscribe, !exempt, "{purpose:?}");
            assert_eq!(duties.legal_notice, !exempt, "{purpose:?}");
            assert_eq!(duties.preference_link, !exempt && purpose != Purpose::Confirmation, "{purpose:?}");
        }
    }

    /// Proves R67: confirmation, system and test mails are not *sent*.
    #[test]
    fn r67_only_newsletters_and_autoresponders_count_as_sent() {
        let counted: Vec<_> = Purpose::ALL.into_iter().filter(|p| p.duties().counts_as_sent).collect();
        assert_eq!(counted, [Purpose::Newsletter, Purpose::Autoresponder]);
    }

    #[test]
    fn numbers_lead_back_to_their_purpose() {
        for purpose in Purpose::ALL {
            assert_eq!(Purpose::from_number(purpose.number()), Some(purpose));
        }
        assert_eq!(Purpose::from_number(0), None);
    }
}
