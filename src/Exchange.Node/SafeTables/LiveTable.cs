using Exchange.Privacy.SafeTables;

namespace Exchange.Node.SafeTables;

/// <summary>The table that answers for a dataset.</summary>
/// <param name="Product"><c>name/major</c>.</param>
/// <param name="Revision">From 1; a coarsened or rebuilt table is the next.</param>
/// <param name="DatasetVersion">The version it was built over.</param>
/// <param name="Design">What it was made of.</param>
/// <param name="Build">The table, and which block each atom is in.</param>
/// <param name="Salt">Of its commitment.</param>
internal sealed record LiveTable(string Product, int Revision, int DatasetVersion, TableDesign Design, TableBuild Build, byte[] Salt)
{
    /// <summary>What may leave.</summary>
    public SafeTable Table => Build.Table;

    /// <summary>Answers from it.</summary>
    public SafeTableQuery Query { get; } = new(Build.Table);

    /// <summary>SHA-256 of salt and table.</summary>
    public byte[] Commitment { get; } = TableCommitment.Of(Build.Table, Salt);
}
