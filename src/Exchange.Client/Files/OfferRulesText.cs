using Exchange.Protocol.Catalog.V1;

namespace Exchange.Client.Files;

/// <summary>
/// Reads the disclosure rules and the budget of an offer. A written zero is refused where zero is not a value of the rule,
/// because it would be taken for an omitted key.
/// </summary>
internal static class OfferRulesText
{
    private const int CountMax = 1_000_000;

    /// <summary>Reads <c>disclosure</c>.</summary>
    public static Disclosure ReadDisclosure(YamlValue? value)
    {
        if (value is null)
        {
            return new Disclosure();
        }

        var map = value.Map("disclosure", "min_units", "min_nodes", "dominance", "p_percent", "coalition", "min_spread", "round_to");
        var disclosure = new Disclosure
        {
            MinUnits = map["min_units"]?.Int(1, CountMax) ?? 0,
            MinNodes = map["min_nodes"]?.Int(1, CountMax) ?? 0,
            PPercent = map["p_percent"]?.NumberAbove(0, 100) ?? 0,
            Coalition = map["coalition"]?.Int(1, CountMax) ?? 0,
            MinSpread = map["min_spread"]?.Int(1, CountMax) ?? 0,
            RoundTo = map["round_to"]?.Int(0, CountMax) ?? 0,
        };
        if (map["dominance"]?.Map("dominance", "n", "percent") is { } dominance)
        {
            disclosure.DominanceN = dominance.Required("n").Int(1, 100);
            disclosure.DominancePercent = dominance.Required("percent").NumberAbove(0, 100);
        }

        return disclosure;
    }

    /// <summary>Reads <c>budget</c>.</summary>
    public static PrivacyBudget ReadBudget(YamlValue value)
    {
        var map = value.Map("budget", "rho", "delta", "per", "agreement_rho", "groups_per_unit", "rows_per_group");
        var per = map.Required("per");
        string[] periods = ["quarter", "month", "year"];
        return new PrivacyBudget
        {
            Rho = map.Required("rho").NumberAbove(0, 1000),
            Delta = map.Required("delta").NumberAbove(0, 1),
            AgreementRho = map["agreement_rho"]?.NumberAbove(0, 1000) ?? 0,
            GroupsPerUnit = map["groups_per_unit"]?.Int(1, 10_000) ?? 0,
            RowsPerGroup = map["rows_per_group"]?.Int(1, 10_000) ?? 0,
            Per = periods.Contains(per.Text()) ? per.Text() : throw per.UnknownWord("period", per.Text(), periods),
        };
    }

    /// <summary>Reads <c>response_grid</c>: milliseconds or seconds.</summary>
    public static int ReadGrid(YamlValue value)
    {
        var text = value.Text();
        var (digits, unit) = text.EndsWith("ms", StringComparison.Ordinal) ? (text[..^2], 1) : text.EndsWith('s') ? (text[..^1], 1000) : ("", 0);
        return int.TryParse(digits, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var number) && number is > 0 and <= 10_000
            ? number * unit
            : throw value.Wrong("'response_grid' is no time.", "Write for example 250ms, or 1s.");
    }
}
