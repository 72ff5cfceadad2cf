import type { PaperLanguage } from '../domain/paper.js';

/** The words that stand on papers, whatever was sold. */
export interface PaperWords {
  readonly direction: 'ltr' | 'rtl';
  readonly decimal_mark: string;
  readonly tax_number: string;
  readonly tax_invoice: string;
  readonly tax_credit_note: string;
  readonly training: string;
  /** The number of the copy follows. */
  readonly duplicate: string;
  readonly refund: string;
  readonly void: string;
  readonly receipt: string;
  readonly terminal: string;
  readonly staff: string;
  readonly approved_by: string;
  readonly refund_of: string;
  readonly not_verified: string;
  readonly reason: string;
  readonly discount: string;
  /** The price of the catalog follows, where the cashier gave another. */
  readonly instead_of: string;
  readonly subtotal: string;
  readonly tax_added: string;
  readonly tip: string;
  readonly rounding: string;
  readonly total: string;
  readonly change: string;
  readonly net_at: string;
  readonly tax_at: string;
  /** In the second currency. */
  readonly tax: string;
  readonly rate: string;
  readonly record: string;
  readonly paid_in: string;
  readonly paid_out: string;
  readonly drop: string;
  readonly no_sale: string;
  /** What the kitchen is to make. */
  readonly order: string;
  /** Ways of paying by their names in a sale; one that is not here appears as it is called there. */
  readonly methods: Readonly<Record<string, string>>;
}

const english: PaperWords = {
  direction: 'ltr',
  decimal_mark: '.',
  tax_number: 'Tax number',
  tax_invoice: 'Simplified tax invoice',
  tax_credit_note: 'Credit note to a simplified tax invoice',
  training: '*** TRAINING - NOT A RECEIPT ***',
  duplicate: 'DUPLICATE',
  refund: 'REFUND',
  void: '*** VOID - THE MONEY WAS GIVEN BACK ***',
  receipt: 'Receipt',
  terminal: 'Till',
  staff: 'Staff',
  approved_by: 'Approved by',
  refund_of: 'Refund of receipt',
  not_verified: 'made at another till, not verified',
  reason: 'Reason:',
  discount: 'Discount',
  instead_of: 'was',
  subtotal: 'Subtotal',
  tax_added: 'Tax added',
  tip: 'Tip',
  rounding: 'Rounding',
  total: 'TOTAL',
  change: 'Change',
  net_at: 'Net at',
  tax_at: 'Tax at',
  tax: 'Tax',
  rate: 'Rate',
  record: 'Record',
  paid_in: 'Paid in',
  paid_out: 'Paid out',
  drop: 'Cash to the safe',
  no_sale: 'Drawer opened without a sale',
  order: 'ORDER',
  methods: {},
};

const french: PaperWords = {
  direction: 'ltr',
  decimal_mark: ',',
  tax_number: 'Numéro fiscal',
  tax_invoice: 'Facture fiscale simplifiée',
  tax_credit_note: 'Avoir sur facture fiscale simplifiée',
  training: '*** FORMATION - SANS VALEUR ***',
  duplicate: 'DUPLICATA',
  refund: 'REMBOURSEMENT',
  void: '*** ANNULÉ - ARGENT RENDU ***',
  receipt: 'Reçu',
  terminal: 'Caisse',
  staff: 'Vendeur',
  approved_by: 'Approuvé par',
  refund_of: 'Remboursement du reçu',
  not_verified: 'fait à une autre caisse, non vérifié',
  reason: 'Motif :',
  discount: 'Remise',
  instead_of: 'au lieu de',
  subtotal: 'Sous-total',
  tax_added: 'Taxe ajoutée',
  tip: 'Pourboire',
  rounding: 'Arrondi',
  total: 'TOTAL',
  change: 'Monnaie rendue',
  net_at: 'Hors taxe',
  tax_at: 'Taxe',
  tax: 'Taxe',
  rate: 'Taux',
  record: 'Inscription',
  paid_in: 'Entrée de caisse',
  paid_out: 'Sortie de caisse',
  drop: 'Mis au coffre',
  no_sale: 'Tiroir ouvert sans vente',
  order: 'COMMANDE',
  methods: { cash: 'Espèces', card: 'Carte' },
};

const arabic: PaperWords = {
  direction: 'rtl',
  decimal_mark: '.',
  tax_number: 'الرقم الضريبي',
  tax_invoice: 'فاتورة ضريبية مبسطة',
  tax_credit_note: 'إشعار دائن للفاتورة الضريبية المبسطة',
  training: '*** تدريب - ليس إيصالًا ***',
  duplicate: 'نسخة مكررة',
  refund: 'استرداد',
  void: '*** ملغى - أعيد المبلغ ***',
  receipt: 'إيصال',
  terminal: 'الصندوق',
  staff: 'الموظف',
  approved_by: 'بموافقة',
  refund_of: 'استرداد للإيصال',
  not_verified: 'من صندوق آخر، لم يتم التحقق منه',
  reason: 'السبب:',
  discount: 'خصم',
  instead_of: 'بدلًا من',
  subtotal: 'المجموع الفرعي',
  tax_added: 'ضريبة مضافة',
  tip: 'إكرامية',
  rounding: 'تقريب',
  total: 'الإجمالي',
  change: 'الباقي',
  net_at: 'الصافي',
  tax_at: 'الضريبة',
  tax: 'الضريبة',
  rate: 'سعر الصرف',
  record: 'القيد',
  paid_in: 'إيداع نقدي',
  paid_out: 'سحب نقدي',
  drop: 'إلى الخزنة',
  no_sale: 'فتح الدرج بلا بيع',
  order: 'طلب',
  methods: { cash: 'نقدًا', card: 'بطاقة' },
};

/** The words by language. */
export const paperWords: Readonly<Record<PaperLanguage, PaperWords>> = { en: english, fr: french, ar: arabic };
