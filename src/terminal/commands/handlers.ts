import { ApplyCatalogHandler } from './apply-catalog.js';
import { CloseSessionHandler } from './close-session.js';
import { MoveCashHandler } from './move-cash.js';
import { OpenDrawerHandler } from './open-drawer.js';
import { OpenSessionHandler } from './open-session.js';
import { RecordSaleHandler } from './record-sale.js';
import { RefundSaleHandler } from './refund-sale.js';
import { RefundWithoutReceiptHandler } from './refund-without-receipt.js';
import { ReprintReceiptHandler } from './reprint-receipt.js';
import { VoidSaleHandler } from './void-sale.js';
import { UnlockStaffHandler } from './unlock-staff.js';

/** Every command that a terminal takes. */
export const commandHandlers = [
  ApplyCatalogHandler,
  CloseSessionHandler,
  MoveCashHandler,
  OpenDrawerHandler,
  OpenSessionHandler,
  RecordSaleHandler,
  RefundSaleHandler,
  RefundWithoutReceiptHandler,
  ReprintReceiptHandler,
  VoidSaleHandler,
  UnlockStaffHandler,
];
