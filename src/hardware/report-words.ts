import type { PaperLanguage } from '../domain/paper.js';

/** The words that stand on X and Z reports besides those of all papers. */
export interface ReportWords {
  /** Its number follows. */
  readonly z_report: string;
  readonly x_report: string;
  /** A session for training has no Z. */
  readonly closing: string;
  readonly counts_nowhere: string;
  readonly business_date: string;
  readonly opened_by: string;
  readonly closed_by: string;
  readonly still_open: string;
  readonly sales: string;
  readonly refunds: string;
  readonly voids: string;
  readonly turnover: string;
  readonly discounts: string;
  readonly lines: string;
  readonly overrides: string;
  readonly line_voids: string;
  readonly discarded: string;
  readonly reprints: string;
  readonly net: string;
  readonly tax: string;
  readonly paid_by: string;
  readonly received: string;
  readonly given_back: string;
  readonly refunded: string;
  readonly tips_staff: string;
  readonly tips_house: string;
  readonly rounding: string;
  readonly drawer: string;
  readonly float: string;
  readonly cash_sales: string;
  readonly expected: string;
  readonly counted: string;
  readonly not_counted: string;
  readonly difference: string;
  readonly opened_for: string;
  readonly open_tickets: string;
  readonly since_first: string;
  readonly running_turnover: string;
  readonly running_all: string;
  readonly unsynced: string;
  readonly first_receipt: string;
  readonly last_receipt: string;
  readonly none: string;
  readonly records: string;
  /** Between the first and the last. */
  readonly to: string;
  readonly record_before: string;
  readonly not_z: string;
  /** Why a drawer was opened, where the till itself says it. */
  readonly reasons: Readonly<Record<string, string>>;
}

const english: ReportWords = {
  z_report: 'Z REPORT',
  x_report: 'X REPORT',
  closing: 'CLOSING',
  counts_nowhere: '*** TRAINING - COUNTS NOWHERE ***',
  business_date: 'Business date',
  opened_by: 'Opened by',
  closed_by: 'Closed by',
  still_open: 'Printed, still open',
  sales: 'Sales',
  refunds: 'Refunds',
  voids: 'Voids',
  turnover: 'TURNOVER',
  discounts: 'Discounts given',
  lines: 'Lines',
  overrides: 'Prices overridden',
  line_voids: 'Lines taken off',
  discarded: 'Tickets discarded',
  reprints: 'Receipts printed again',
  net: 'NET',
  tax: 'TAX',
  paid_by: 'PAID BY',
  received: 'received',
  given_back: 'change',
  refunded: 'paid back',
  tips_staff: 'Tips for the staff',
  tips_house: 'Tips for the house',
  rounding: 'Cash rounding',
  drawer: 'CASH DRAWER',
  float: 'Float',
  cash_sales: 'Cash of sales and refunds',
  expected: 'EXPECTED',
  counted: 'COUNTED',
  not_counted: 'not counted',
  difference: 'DIFFERENCE',
  opened_for: 'DRAWER OPENED FOR',
  open_tickets: 'TICKETS LEFT OPEN',
  since_first: 'SINCE THE FIRST DAY',
  running_turnover: 'Turnover',
  running_all: 'Sales + refunds + voids',
  unsynced: 'Events not yet at central',
  first_receipt: 'First receipt',
  last_receipt: 'Last receipt',
  none: 'none',
  records: 'Records',
  to: 'to',
  record_before: 'Record before',
  not_z: 'Not a Z: the session goes on.',
  reasons: {},
};

const french: ReportWords = {
  z_report: 'RAPPORT Z',
  x_report: 'RAPPORT X',
  closing: 'CLÔTURE',
  counts_nowhere: '*** FORMATION - NON COMPTABILISÉ ***',
  business_date: 'Journée du',
  opened_by: 'Ouvert par',
  closed_by: 'Clos par',
  still_open: 'Imprimé, encore ouvert',
  sales: 'Ventes',
  refunds: 'Remboursements',
  voids: 'Annulations',
  turnover: "CHIFFRE D'AFFAIRES",
  discounts: 'Remises accordées',
  lines: 'Lignes',
  overrides: 'Prix modifiés',
  line_voids: 'Lignes retirées',
  discarded: 'Notes abandonnées',
  reprints: 'Reçus réimprimés',
  net: 'HORS TAXE',
  tax: 'TAXE',
  paid_by: 'PAIEMENTS',
  received: 'reçu',
  given_back: 'monnaie rendue',
  refunded: 'remboursé',
  tips_staff: 'Pourboires du personnel',
  tips_house: 'Pourboires de la maison',
  rounding: 'Arrondi des espèces',
  drawer: 'TIROIR-CAISSE',
  float: 'Fond de caisse',
  cash_sales: 'Espèces des ventes',
  expected: 'ATTENDU',
  counted: 'COMPTÉ',
  not_counted: 'non compté',
  difference: 'ÉCART',
  opened_for: 'OUVERTURES DU TIROIR',
  open_tickets: 'NOTES EN ATTENTE',
  since_first: 'DEPUIS LE PREMIER JOUR',
  running_turnover: "Chiffre d'affaires",
  running_all: 'Ventes + remb. + annul.',
  unsynced: 'Pas encore au central',
  first_receipt: 'Premier reçu',
  last_receipt: 'Dernier reçu',
  none: 'aucun',
  records: 'Inscriptions',
  to: 'à',
  record_before: 'Inscription précédente',
  not_z: "Ce n'est pas un Z : la session continue.",
  reasons: { sale: 'Vente', refund: 'Remboursement', void: 'Annulation' },
};

const arabic: ReportWords = {
  z_report: 'تقرير Z',
  x_report: 'تقرير X',
  closing: 'إقفال',
  counts_nowhere: '*** تدريب - لا يحتسب ***',
  business_date: 'يوم العمل',
  opened_by: 'فتحها',
  closed_by: 'أقفلها',
  still_open: 'طبع والجلسة مفتوحة',
  sales: 'المبيعات',
  refunds: 'المرتجعات',
  voids: 'الإلغاءات',
  turnover: 'صافي المبيعات',
  discounts: 'الخصومات الممنوحة',
  lines: 'السطور',
  overrides: 'أسعار معدلة',
  line_voids: 'سطور محذوفة',
  discarded: 'طلبات متروكة',
  reprints: 'إيصالات أعيدت طباعتها',
  net: 'الصافي',
  tax: 'الضريبة',
  paid_by: 'طرق الدفع',
  received: 'المقبوض',
  given_back: 'الباقي المعاد',
  refunded: 'المسترد',
  tips_staff: 'إكراميات الموظفين',
  tips_house: 'إكراميات المحل',
  rounding: 'تقريب النقد',
  drawer: 'درج النقد',
  float: 'رصيد الافتتاح',
  cash_sales: 'نقد المبيعات والمرتجعات',
  expected: 'المتوقع',
  counted: 'المعدود',
  not_counted: 'لم يعد',
  difference: 'الفرق',
  opened_for: 'أسباب فتح الدرج',
  open_tickets: 'طلبات مفتوحة',
  since_first: 'منذ اليوم الأول',
  running_turnover: 'صافي المبيعات',
  running_all: 'مبيعات + مرتجعات + إلغاءات',
  unsynced: 'قيود لم تصل إلى المركز',
  first_receipt: 'أول إيصال',
  last_receipt: 'آخر إيصال',
  none: 'لا يوجد',
  records: 'القيود',
  to: 'إلى',
  record_before: 'القيد السابق',
  not_z: 'ليس تقرير Z: الجلسة مستمرة.',
  reasons: { sale: 'بيع', refund: 'استرداد', void: 'إلغاء' },
};

/** The words by language. */
export const reportWords: Readonly<Record<PaperLanguage, ReportWords>> = { en: english, fr: french, ar: arabic };
