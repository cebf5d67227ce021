/**
 * Keeps what was used last, up to a total weight; what has not been used for longest goes first. For what need not be
 * worked out again because its key is everything that it follows from: never for what could meanwhile be otherwise.
 */
export class Recent<K, V> {
  private readonly kept = new Map<K, V>();
  private weight = 0;

  /** @param most the total weight; @param weigh of one value: 1 unless told */
  constructor(
    private readonly most: number,
    private readonly weigh: (value: V) => number = () => 1,
  ) {}

  get(key: K): V | undefined {
    const value = this.kept.get(key);
    if (value === undefined) return undefined;
    this.kept.delete(key);
    this.kept.set(key, value);
    return value;
  }

  set(key: K, value: V): void {
    this.drop(key);
    this.kept.set(key, value);
    this.weight += this.weigh(value);
    for (const oldest of this.kept.keys()) {
      if (this.weight <= this.most) break;
      this.drop(oldest);
    }
  }

  private drop(key: K): void {
    const value = this.kept.get(key);
    if (value === undefined) return;
    this.kept.delete(key);
    this.weight -= this.weigh(value);
  }
}
