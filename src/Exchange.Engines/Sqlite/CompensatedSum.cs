namespace Exchange.Engines.Sqlite;

/// <summary>
/// A floating sum whose error does not grow with the number of terms (A. Neumaier, Rundungsfehleranalyse einiger Verfahren zur
/// Summation endlicher Summen, 1974).
/// </summary>
internal struct CompensatedSum
{
    private double _sum;
    private double _lost;

    public readonly double Value => _sum + _lost;

    public void Add(double term)
    {
        var total = _sum + term;
        _lost += Math.Abs(_sum) >= Math.Abs(term) ? _sum - total + term : term - total + _sum;
        _sum = total;
    }
}
