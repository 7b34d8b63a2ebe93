using Exchange.Protocol.Query.V1;

namespace Exchange.Node.SafeTables;

/// <summary>What a pattern from a peer has to keep before anything is read out of it.</summary>
internal static class PatternRules
{
    private const int DimensionsMax = 256;
    private const int ValuesMax = 100_000;
    private const int TextCharactersMax = 10_000;

    /// <summary>Whether the pattern is one: bounded, every number within its list, <c>*</c> last, no description twice, a part for every block.</summary>
    /// <param name="pattern">From a peer.</param>
    /// <param name="blocksMax">Most blocks.</param>
    /// <param name="withParts">Whether it says which blocks belong together, or names blocks alone.</param>
    public static bool Holds(TablePattern pattern, int blocksMax, bool withParts)
    {
        var dimensions = pattern.Dimensions.Count;
        if (dimensions is 0 or > DimensionsMax || pattern.Codes.Count % dimensions != 0 || pattern.Codes.Count / dimensions > blocksMax
            || pattern.Parts.Count != (withParts ? pattern.Codes.Count / dimensions : 0) || pattern.Dimensions.Sum(dimension => dimension.Values.Count) > ValuesMax
            || pattern.Dimensions.Select(dimension => dimension.Name).Distinct().Count() != dimensions || !pattern.Dimensions.All(Holds))
        {
            return false;
        }

        var seen = new HashSet<string>();
        for (var at = 0; at < pattern.Codes.Count; at += dimensions)
        {
            var any = false;
            for (var i = 0; i < dimensions; i++)
            {
                var code = pattern.Codes[at + i];
                if (code > pattern.Dimensions[i].Values.Count || (any && code != 0))
                {
                    return false;
                }

                any |= code == 0;
            }

            if (!seen.Add(string.Join(',', Enumerable.Range(at, dimensions).Select(place => pattern.Codes[place]))))
            {
                return false;
            }
        }

        return true;
    }

    private static bool Holds(PatternDimension dimension) =>
        dimension.Values.All(value => value.Text.Length <= TextCharactersMax)
        && dimension.Values.Select(value => value.HasText ? value.Text : null).Distinct().Count() == dimension.Values.Count;
}
