/** The words that stand on every receipt, whatever was sold. */
export interface ReceiptWords {
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
  readonly staff: string;
  readonly approved_by: string;
  readonly refund_of: string;
  readonly not_verified: string;
  readonly reason: string;
  readonly discount: string;
  readonly subtotal: string;
  readonly tax_added: string;
  readonly tip: string;
  readonly rounding: string;
  readonly total: string;
  readonly change: string;
  readonly net_at: string;
  readonly tax_at: string;
  readonly record: string;
  /** Ways of paying by their names in a sale; one that is not here appears as it is called there. */
  readonly methods: Readonly<Record<string, string>>;
}

const english: ReceiptWords = {
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
  staff: 'Staff',
  approved_by: 'Approved by',
  refund_of: 'Refund of receipt',
  not_verified: 'made at another till, not verified',
  reason: 'Reason:',
  discount: 'Discount',
  subtotal: 'Subtotal',
  tax_added: 'Tax added',
  tip: 'Tip',
  rounding: 'Rounding',
  total: 'TOTAL',
  change: 'Change',
  net_at: 'Net at',
  tax_at: 'Tax at',
  record: 'Record',
  methods: {},
};

const french: ReceiptWords = {
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
  staff: 'Vendeur',
  approved_by: 'Approuvé par',
  refund_of: 'Remboursement du reçu',
  not_verified: 'fait à une autre caisse, non vérifié',
  reason: 'Motif :',
  discount: 'Remise',
  subtotal: 'Sous-total',
  tax_added: 'Taxe ajoutée',
  tip: 'Pourboire',
  rounding: 'Arrondi',
  total: 'TOTAL',
  change: 'Monnaie rendue',
  net_at: 'Hors taxe',
  tax_at: 'Taxe',
  record: 'Inscription',
  methods: { cash: 'Espèces', card: 'Carte' },
};

const arabic: ReceiptWords = {
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
  staff: 'الموظف',
  approved_by: 'بموافقة',
  refund_of: 'استرداد للإيصال',
  not_verified: 'من صندوق آخر، لم يتم التحقق منه',
  reason: 'السبب:',
  discount: 'خصم',
  subtotal: 'المجموع الفرعي',
  tax_added: 'ضريبة مضافة',
  tip: 'إكرامية',
  rounding: 'تقريب',
  total: 'الإجمالي',
  change: 'الباقي',
  net_at: 'الصافي',
  tax_at: 'الضريبة',
  record: 'القيد',
  methods: { cash: 'نقدًا', card: 'بطاقة' },
};

/** The languages that a receipt may be in. */
export const receiptWords = { en: english, fr: french, ar: arabic } as const;

/** One of the languages of {@link receiptWords}. */
export type ReceiptLanguage = keyof typeof receiptWords;
