namespace Exchange.Cli.Demos;

/// <summary>A firm of the demonstration.</summary>
/// <param name="Id">Its participant id.</param>
/// <param name="Name">Its name for people.</param>
/// <param name="Town">Value of <c>region</c> in its rows.</param>
/// <param name="Engine">What holds its data.</param>
/// <param name="Terms">Its terms in words.</param>
/// <param name="Workers">How many workers each product type has, in the order of <see cref="DemoData.ProductTypes"/>.</param>
/// <param name="Seed">Seed of its rows.</param>
internal sealed record DemoFirm(string Id, string Name, string Town, string Engine, string Terms, IReadOnlyList<int> Workers, ulong Seed)
{
    /// <summary>One row per worker and working day.</summary>
    public int RowCount => Workers.Sum() * DemoData.WorkingDays.Count;
}
