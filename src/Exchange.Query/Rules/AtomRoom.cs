namespace Exchange.Query.Rules;

/// <summary>How much larger and smaller the sum over one atom may be.</summary>
/// <param name="Up">At least 0, or infinite.</param>
/// <param name="Down">At least 0, or infinite.</param>
public readonly record struct AtomRoom(double Up, double Down)
{
    /// <summary>
    /// Of a number of rows, as if sums of their values were known: there are no more rows than the sum has room for at the least value, and
    /// no fewer than it needs at the greatest.
    /// </summary>
    /// <param name="rows">Rows.</param>
    /// <param name="sums">Of each sum the declared bounds of a row's |x|, and Σ|x|. With a least value of 0 it bounds nothing above.</param>
    public static AtomRoom OfRows(long rows, IEnumerable<(double Least, double Greatest, double Gross)> sums)
    {
        var (up, down) = (double.PositiveInfinity, (double)rows);
        foreach (var (least, greatest, gross) in sums)
        {
            up = Math.Min(up, least > 0 ? Math.Floor(gross / least) - rows : up);
            down = Math.Min(down, greatest > 0 ? rows - Math.Ceiling(gross / greatest) : down);
        }

        return new AtomRoom(Math.Max(0, up), Math.Max(0, down));
    }
}
