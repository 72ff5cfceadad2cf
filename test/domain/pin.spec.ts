import { weaknessOf } from '../../src/domain/pin.js';
import { demoStaff } from '../../src/demo-shop.js';

describe('A PIN', () => {
  it.each(['0000', '1234', '4321', '0123', '8901', '1111111', '1212', '123123', '1987', '2004', '123', '', 'abcd'])(
    'like “%s” is refused to everybody',
    (pin) => {
      for (const role of ['cashier', 'supervisor', 'manager'] as const) expect(weaknessOf(pin, role)).not.toBeNull();
    },
  );

  it('of a manager has at least six digits', () => {
    expect(weaknessOf('7390', 'cashier')).toBeNull();
    expect(weaknessOf('7390', 'supervisor')).toBeNull();
    expect(weaknessOf('73902', 'manager')).toMatch(/at least 6/u);
    expect(weaknessOf('739026', 'manager')).toBeNull();
    expect(weaknessOf('7390264815590', 'manager')).toMatch(/at most 12/u);
    expect(weaknessOf('٧٣٩٠٢٦', 'manager')).toMatch(/digits only/u);
  });

  it('of the demo is no weaker', () => {
    for (const { pin, role } of demoStaff) expect(weaknessOf(pin, role)).toBeNull();
  });
});
