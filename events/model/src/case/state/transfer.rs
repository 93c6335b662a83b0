//! What the rules need to remember of a transfer.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::CaseState;
use crate::case::events::{CaseEvent, GuardianAgreement, RequestedBy};
use crate::id::{CentreId, TransferId};

/// How far a transfer is; in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransferStage {
    /// Somebody asked.
    Requested,
    /// It may go ahead.
    Approved,
    /// The resident left.
    Departed,
    /// The resident is there; the file is not.
    Arrived,
}

/// The transfer that is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenTransfer {
    /// Its id.
    pub id: TransferId,
    /// Where to.
    pub to_centre: CentreId,
    /// Who asked.
    pub requested_by: RequestedBy,
    /// What the guardian said.
    pub guardian_agreement: Option<GuardianAgreement>,
    /// How far it is.
    pub stage: TransferStage,
    /// When the resident left.
    pub departed_at: Option<Timestamp>,
}

impl CaseState {
    pub(super) fn evolve_transfer(&mut self, event: &CaseEvent) {
        match event {
            CaseEvent::TransferRequested(requested) => {
                self.transfer = Some(OpenTransfer {
                    id: requested.transfer,
                    to_centre: requested.to_centre,
                    requested_by: requested.requested_by,
                    guardian_agreement: requested.guardian_agreement,
                    stage: TransferStage::Requested,
                    departed_at: None,
                });
            }
            CaseEvent::TransferApproved(_) => self.stage(TransferStage::Approved),
            CaseEvent::TransferDeparted(departed) => {
                self.stage(TransferStage::Departed);
                if let Some(transfer) = &mut self.transfer {
                    transfer.departed_at = Some(departed.at);
                }
            }
            CaseEvent::TransferArrived(arrived) => {
                self.stage(TransferStage::Arrived);
                self.arrived = true;
                self.safety_centre = Some(arrived.to_centre);
            }
            CaseEvent::TransferHandoverAcknowledged(acknowledged) => {
                self.move_to(acknowledged.to_centre);
                self.end_transfer();
            }
            _ => self.end_transfer(),
        }
    }

    fn stage(&mut self, stage: TransferStage) {
        if let Some(transfer) = &mut self.transfer {
            transfer.stage = stage;
        }
    }

    fn end_transfer(&mut self) {
        self.ended_transfers.extend(self.transfer.take().map(|transfer| transfer.id));
    }
}
