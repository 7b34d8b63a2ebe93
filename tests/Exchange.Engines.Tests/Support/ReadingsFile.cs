using System.Globalization;
using System.Text;

namespace Exchange.Engines.Tests.Support;

/// <summary>The same rows every time: NULLs everywhere, both signs, extremes of int64, decimals near 10^18, units that come again.</summary>
internal static class ReadingsFile
{
    public const string Header = "worker_id,region,city,day,seen,age.60,age,PM2.5,\"Air \"\"temperature\"\" [K]\",units,price,fee,note";

    public static string Text(int rows, uint seed = 1)
    {
        var text = new StringBuilder(Header).Append('\n');
        var state = seed;
        uint Next(uint below)
        {
            state = (state * 1664525) + 1013904223;
            return (state >> 8) % below;
        }

        string OrNull(string value) => Next(10) == 0 ? "" : value;
        for (var row = 0; row < rows; row++)
        {
            var day = new DateTime(2023, 1, 1).AddDays(Next(700));
            var fields = new[]
            {
                OrNull("w" + Next(60)),
                Readings.Regions[Next(4)],
                OrNull(Next(3) switch { 0 => "Århus", 1 => "\"Sint-Niklaas, \"\"Waas\"\"\"", _ => "北京" }),
                OrNull(day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)),
                OrNull(day.AddSeconds(Next(86_400)).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)),
                OrNull(Next(2) == 0 ? "true" : "false"),
                OrNull(Next(121).ToString(CultureInfo.InvariantCulture)),
                OrNull(((Next(100_000) - 50_000.0) / 64).ToString("R", CultureInfo.InvariantCulture)),
                (200 + (Next(10_000) / 128.0)).ToString("R", CultureInfo.InvariantCulture),
                OrNull(Next(5) switch { 0 => long.MaxValue.ToString(CultureInfo.InvariantCulture), 1 => long.MinValue.ToString(CultureInfo.InvariantCulture), _ => ((int)Next(1000) - 500).ToString(CultureInfo.InvariantCulture) }),
                OrNull((Next(2) == 0 ? "-" : "") + "99999999999999999" + Next(10) + "." + Next(10) + Next(10)),
                OrNull("1." + Next(10)),
                "left out",
            };
            text.AppendJoin(',', fields).Append('\n');
        }

        return text.ToString();
    }
}
