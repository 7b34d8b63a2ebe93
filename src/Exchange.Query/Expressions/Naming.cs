namespace Exchange.Query.Expressions;

/// <summary>Names of columns and tables in sentences.</summary>
internal static class Naming
{
    private const int ShownCharactersMax = 64;

    /// <summary>The name in quotes, cut to a bound and without control characters: it may come from a peer.</summary>
    public static string Quote(string name)
    {
        var shown = name.Length <= ShownCharactersMax ? name : name[..ShownCharactersMax] + "…";
        return $"\"{string.Concat(shown.Select(character => char.IsControl(character) ? '?' : character))}\"";
    }

    /// <summary>The candidate that differs in the fewest characters, if it is near enough to be what was meant.</summary>
    public static string? Nearest(string name, IEnumerable<string> candidates)
    {
        var nearest = candidates
            .Select(candidate => (candidate, distance: Distance(name.ToLowerInvariant(), candidate.ToLowerInvariant())))
            .OrderBy(pair => pair.distance).ThenBy(pair => pair.candidate, StringComparer.Ordinal)
            .FirstOrDefault();
        return nearest.candidate is not null && nearest.distance <= Math.Max(2, name.Length / 2) ? nearest.candidate : null;
    }

    /// <summary>Levenshtein's distance.</summary>
    private static int Distance(string one, string other)
    {
        one = one.Length > 128 ? one[..128] : one;
        var row = Enumerable.Range(0, other.Length + 1).ToArray();
        for (var i = 1; i <= one.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= other.Length; j++)
            {
                var replaced = diagonal + (one[i - 1] == other[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[^1];
    }
}
