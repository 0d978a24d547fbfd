// Renders what `tmux capture-pane -e -p` printed, a file a moment, as one animated SVG.
// dotnet run eng/TerminalSvg.cs -- <folder of captures> <file.svg> <columns> <rows> <seconds a capture>
using System.Globalization;
using System.Security;
using System.Text;
using System.Text.RegularExpressions;

if (args is not [string folder, string output, string columnsText, string rowsText, string secondsText])
{
    Console.Error.WriteLine("Usage: TerminalSvg <folder of captures> <file.svg> <columns> <rows> <seconds a capture>");
    return 64;
}

CultureInfo culture = CultureInfo.InvariantCulture;
int columns = int.Parse(columnsText, culture);
int rows = int.Parse(rowsText, culture);
double secondsEach = double.Parse(secondsText, culture);
const double holdAtEnd = 4;
const double cellWidth = 8.4;
const double lineHeight = 18;
const double margin = 12;

// A capture that shows what the one before it showed only lengthens that one.
var frames = new List<(string Text, double Seconds)>();
foreach (string file in Directory.GetFiles(folder).Order(StringComparer.Ordinal))
{
    string text = File.ReadAllText(file);
    if (frames.Count > 0 && frames[^1].Text == text)
        frames[^1] = (text, frames[^1].Seconds + secondsEach);
    else
        frames.Add((text, secondsEach));
}
if (frames.Count == 0)
{
    Console.Error.WriteLine($"'{folder}' holds no capture.");
    return 1;
}
frames[^1] = (frames[^1].Text, frames[^1].Seconds + holdAtEnd);

double total = frames.Sum(frame => frame.Seconds);
double width = (columns * cellWidth) + (2 * margin);
double height = (rows * lineHeight) + (2 * margin);
var svg = new StringBuilder();
svg.AppendLine(culture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:0.#} {height:0.#}\" font-family=\"ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace\" font-size=\"14\" xml:space=\"preserve\">");
svg.AppendLine("<style>text { white-space: pre; fill: #d6deeb } .f { visibility: hidden }");
double at = 0;
for (int i = 0; i < frames.Count; i++)
{
    double from = 100 * at / total;
    at += frames[i].Seconds;
    double to = 100 * at / total;
    // The last frame stays where animation is off.
    string still = i == frames.Count - 1 ? " visibility: visible;" : "";
    svg.AppendLine(culture, $"@keyframes k{i} {{ 0% {{ visibility: {(i == 0 ? "visible" : "hidden")} }} {from:0.###}% {{ visibility: visible }} {Math.Min(to, 99.999):0.###}% {{ visibility: {(i == frames.Count - 1 ? "visible" : "hidden")} }} 100% {{ visibility: hidden }} }}");
    svg.AppendLine(culture, $".f{i} {{{still} animation: k{i} {total:0.##}s step-end infinite }}");
}
svg.AppendLine("</style>");
svg.AppendLine(culture, $"<rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#011627\"/>");
for (int i = 0; i < frames.Count; i++)
{
    svg.AppendLine(culture, $"<g class=\"f f{i}\">");
    string[] lines = frames[i].Text.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n');
    // A line begins as the one before it ended.
    var style = new Style();
    for (int row = 0; row < lines.Length; row++)
        style = AppendLine(lines[row], margin + (lineHeight * (row + 0.75)), style);
    svg.AppendLine("</g>");
}
svg.AppendLine("</svg>");
File.WriteAllText(output, svg.ToString());
return 0;

Style AppendLine(string line, double y, Style style)
{
    int column = 0;
    int last = 0;
    foreach (Match escape in Escapes.Sgr().Matches(line))
    {
        AppendRun(line[last..escape.Index]);
        style = style.With(escape.Groups[1].Value);
        last = escape.Index + escape.Length;
    }
    AppendRun(line[last..]);
    return style;

    void AppendRun(string text)
    {
        if (text.Length == 0)
            return;
        double x = margin + (column * cellWidth);
        if (style.Background is { } background)
            svg.AppendLine(culture, $"<rect x=\"{x:0.#}\" y=\"{y - (0.75 * lineHeight):0.#}\" width=\"{text.Length * cellWidth:0.#}\" height=\"{lineHeight}\" fill=\"{background}\"/>");
        if (text.Trim().Length > 0)
            svg.AppendLine(culture, $"<text x=\"{x:0.#}\" y=\"{y:0.#}\" textLength=\"{text.Length * cellWidth:0.#}\"{style.Attributes}>{SecurityElement.Escape(text)}</text>");
        column += text.Length;
    }
}

/// <summary>How text looks: what the SGR codes that PowerShell writes have set.</summary>
internal sealed record Style
{
    private static readonly string[] Palette =
        ["#1d3b53", "#ef5350", "#22da6e", "#addb67", "#82aaff", "#c792ea", "#21c7a8", "#d6deeb", "#637777", "#ff6b6b", "#7fffa0", "#ffeb95", "#a5c5ff", "#e0b3ff", "#7fdbca", "#ffffff"];

    public string? Foreground { get; init; }

    public string? Background { get; init; }

    public bool IsBold { get; init; }

    public string Attributes =>
        (Foreground is null ? "" : $" style=\"fill: {Foreground}\"") + (IsBold ? " font-weight=\"bold\"" : "");

    public Style With(string codes)
    {
        Style style = this;
        foreach (string code in codes.Split(';'))
        {
            int number = code.Length == 0 ? 0 : int.Parse(code, CultureInfo.InvariantCulture);
            style = number switch
            {
                0 => new Style(),
                1 => style with { IsBold = true },
                22 => style with { IsBold = false },
                // Reverse video is how progress bars are filled.
                7 => style with { Foreground = "#011627", Background = Palette[11] },
                27 => style with { Foreground = null, Background = null },
                >= 30 and <= 37 => style with { Foreground = Palette[number - 30] },
                39 => style with { Foreground = null },
                >= 40 and <= 47 => style with { Background = Palette[number - 40] },
                49 => style with { Background = null },
                >= 90 and <= 97 => style with { Foreground = Palette[number - 82] },
                >= 100 and <= 107 => style with { Background = Palette[number - 92] },
                _ => style,
            };
        }
        return style;
    }
}

internal static partial class Escapes
{
    [GeneratedRegex("\u001b\\[([0-9;]*)m")]
    public static partial Regex Sgr();
}
