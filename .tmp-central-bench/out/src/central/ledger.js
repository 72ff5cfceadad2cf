const place = (epoch, seq) => `${String(epoch)}/${String(seq)}`;
/**
 * What central keeps around the positions that a batch touches: loaded from the database at the start of the batch,
 * carried on in memory while its events are judged one after another.
 */
export class Ledger {
    enrolledSeq;
    byPlace = new Map();
    byLocalId = new Map();
    forksByHash = new Map();
    refusedByHash = new Map();
    starts = new Map();
    /**
     * @param enrolledSeq position of the terminal's first TerminalEnrolled; null when none came yet
     */
    constructor(kept, starts, enrolledSeq) {
        this.enrolledSeq = enrolledSeq;
        for (const one of kept)
            this.add(one);
        for (const start of starts)
            this.starts.set(start.epoch, start);
    }
    /** Takes something in. */
    add(kept) {
        const { epoch, seq, keeping } = kept;
        if (keeping === 'event' && kept.local_id !== null)
            this.byLocalId.set(kept.local_id, kept);
        if (keeping === 'fork')
            this.forksByHash.set(kept.hash, kept);
        if (keeping === 'refused')
            this.refusedByHash.set(kept.hash, kept);
        if (epoch === null || seq === null)
            return;
        const here = this.byPlace.get(place(epoch, seq));
        if (here)
            here.push(kept);
        else
            this.byPlace.set(place(epoch, seq), [kept]);
    }
    /** Notes where an epoch begins. */
    start(start) {
        this.starts.set(start.epoch, start);
    }
    /** Where an epoch begins; undefined for epoch 1 and for one that central has not seen. */
    startOf(epoch) {
        return this.starts.get(epoch);
    }
    /** Every epoch that may be named, the first one included. */
    get epochs() {
        return [1, ...this.starts.keys()];
    }
    /** Where each epoch but the first begins. */
    get epochStarts() {
        return [...this.starts.values()];
    }
    /** What is kept at a position: the event, disputed ones, refused ones. */
    at(epoch, seq) {
        return this.byPlace.get(place(epoch, seq)) ?? [];
    }
    /** The accepted event of that id, of whichever terminal of the tenant. */
    eventOf(local_id) {
        return this.byLocalId.get(local_id);
    }
    /** The disputed event of that hash. */
    forkOf(hash) {
        return this.forksByHash.get(hash);
    }
    /** The refused one that the terminal declares to hash to this, or whose text does. */
    refusedOf(hash) {
        const declared = this.refusedByHash.get(hash);
        return declared ?? [...this.refusedByHash.values()].find(({ text_hash }) => text_hash === hash);
    }
}
