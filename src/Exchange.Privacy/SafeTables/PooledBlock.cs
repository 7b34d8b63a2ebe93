namespace Exchange.Privacy.SafeTables;

/// <summary>A block while a layer is made: positions of its members in the layer below (atoms or count blocks), in order, and its description.</summary>
internal sealed record PooledBlock(int[] Members, int[] Description);
