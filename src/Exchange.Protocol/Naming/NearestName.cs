namespace Exchange.Protocol.Naming;

/// <summary>Finds what a person probably meant.</summary>
public static class NearestName
{
    private const int LengthMax = 128;
    private const int PrefixLengthMin = 3;

    /// <summary>
    /// The candidate with the fewest edits (insert, delete, replace, swap of neighbours; case ignored), or null when none is near:
    /// at most a third of the word's letters, and at least two, may differ. Failing that, the shortest candidate that the word
    /// is the beginning of.
    /// </summary>
    public static string? Of(string word, IEnumerable<string> candidates)
    {
        if (word.Length > LengthMax)
        {
            return null;
        }

        var allowed = Math.Max(2, word.Length / 3);
        List<string> all = [.. candidates];
        return all
            .Where(candidate => candidate.Length <= LengthMax && Math.Abs(candidate.Length - word.Length) <= allowed)
            .Select(candidate => (Candidate: candidate, Distance: Distance(word.ToUpperInvariant(), candidate.ToUpperInvariant())))
            .Where(pair => pair.Distance <= allowed && pair.Distance < Math.Max(word.Length, pair.Candidate.Length))
            .OrderBy(pair => pair.Distance).ThenBy(pair => pair.Candidate, StringComparer.Ordinal)
            .Select(pair => pair.Candidate)
            .FirstOrDefault() ?? BegunBy(word, all);
    }

    private static string? BegunBy(string word, List<string> candidates) => word.Length < PrefixLengthMin
        ? null
        : candidates.Where(candidate => candidate.StartsWith(word, StringComparison.OrdinalIgnoreCase))
            .OrderBy(candidate => candidate.Length).ThenBy(candidate => candidate, StringComparer.Ordinal).FirstOrDefault();

    // Optimal string alignment distance, row by row.
    private static int Distance(string a, string b)
    {
        var rows = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            rows[i, 0] = i;
        }

        for (var j = 0; j <= b.Length; j++)
        {
            rows[0, j] = j;
        }

        for (var i = 1; i <= a.Length; i++)
        {
            for (var j = 1; j <= b.Length; j++)
            {
                var replaced = rows[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                rows[i, j] = Math.Min(replaced, Math.Min(rows[i - 1, j], rows[i, j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    rows[i, j] = Math.Min(rows[i, j], rows[i - 2, j - 2] + 1);
                }
            }
        }

        return rows[a.Length, b.Length];
    }
}
