namespace Exchange.Engines.Sqlite;

/// <summary>A number in the current row; false for NULL.</summary>
internal delegate bool RealValue(out double value);

/// <summary>A product of doubles, so that one that no figure has to hold cannot overflow; NULL where a factor is.</summary>
internal sealed class RealProduct(RealValue[] factors)
{
    /// <summary>The product in the current row; false for NULL.</summary>
    public bool TryReal(out double value)
    {
        value = 1;
        foreach (var factor in factors)
        {
            if (!factor(out var number))
            {
                return false;
            }

            value *= number;
        }

        return true;
    }
}
