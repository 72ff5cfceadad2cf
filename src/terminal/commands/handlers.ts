import { ApplyCatalogHandler } from './apply-catalog.js';
import { CloseSessionHandler } from './close-session.js';
import { DiscardTicketHandler } from './discard-ticket.js';
import { ExportLogHandler } from './export-log.js';
import { ImportCatalogHandler } from './import-catalog.js';
import { MoveCashHandler } from './move-cash.js';
import { OpenDrawerHandler } from './open-drawer.js';
import { OpenSessionHandler } from './open-session.js';
import { ParkTicketHandler } from './park-ticket.js';
import { CountStockHandler } from './count-stock.js';
import { ReceiveStockHandler } from './receive-stock.js';
import { RecordSaleHandler } from './record-sale.js';
import { RefundSaleHandler } from './refund-sale.js';
import { RefundWithoutReceiptHandler } from './refund-without-receipt.js';
import { ReprintReceiptHandler } from './reprint-receipt.js';
import { ResumeTicketHandler } from './resume-ticket.js';
import { VoidLineHandler } from './void-line.js';
import { SettleRejectionHandler } from './settle-rejection.js';
import { VoidSaleHandler } from './void-sale.js';
import { UnlockStaffHandler } from './unlock-staff.js';

/** Every command that a terminal takes. */
export const commandHandlers = [
  ApplyCatalogHandler,
  CloseSessionHandler,
  DiscardTicketHandler,
  ExportLogHandler,
  ImportCatalogHandler,
  MoveCashHandler,
  OpenDrawerHandler,
  OpenSessionHandler,
  ParkTicketHandler,
  CountStockHandler,
  ReceiveStockHandler,
  RecordSaleHandler,
  RefundSaleHandler,
  RefundWithoutReceiptHandler,
  ReprintReceiptHandler,
  ResumeTicketHandler,
  VoidLineHandler,
  VoidSaleHandler,
  UnlockStaffHandler,
  SettleRejectionHandler,
];
