using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;

namespace EtlTools.Engine.Report.Html;

/// <summary>Writes HTML. Values in an interpolated string are text and are encoded; only literals in the source are markup.</summary>
internal sealed class HtmlWriter
{
    private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);

    private readonly StringBuilder _html = new();

    /// <summary>Writes markup with texts in it.</summary>
#pragma warning disable CA1822 // The handler writes into this object before the call.
    public void Add([InterpolatedStringHandlerArgument("")] ref Markup markup)
#pragma warning restore CA1822
    {
        _ = markup;
    }

    /// <summary>Writes the style sheet, which is markup as it is.</summary>
    public void AddStyle(string css) => _html.Append(css);

    /// <inheritdoc/>
    public override string ToString() => _html.ToString();

    /// <summary>Markup on its way into a writer.</summary>
    [InterpolatedStringHandler]
    public readonly ref struct Markup
    {
        private readonly StringBuilder _into;

        public Markup(int literalLength, int formattedCount, HtmlWriter html)
        {
            _into = html._html;
            _into.EnsureCapacity(_into.Length + literalLength + formattedCount);
        }

        public void AppendLiteral(string markup) => _into.Append(markup);

        public void AppendFormatted(string? text) => _into.Append(Encoder.Encode(text ?? ""));

        /// <summary>A count, with separators.</summary>
        public void AppendFormatted(long count) => _into.Append(CultureInfo.InvariantCulture, $"{count:N0}");

        /// <summary>A place in a drawing.</summary>
        public void AppendFormatted(double number) => _into.Append(CultureInfo.InvariantCulture, $"{number:0.##}");
    }
}
