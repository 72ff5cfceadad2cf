/** Any error that has these fields, whatever else it has; for `toThrow` and `toEqual`. */
export const errorWith = (fields: object): Error => expect.objectContaining(fields) as Error;
