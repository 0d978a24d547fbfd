using System.Diagnostics;
using System.Management.Automation;

namespace Microsoft.PowerShell.Commands;

[Cmdlet(VerbsDiagnostic.Measure, "Object", DefaultParameterSetName = "GenericMeasure")]
public sealed class MeasureObjectCommand : PSCmdlet
{
    private readonly List<Series> _series = [];
    private TextCounts _text;

    [Parameter(ValueFromPipeline = true)]
    public PSObject? InputObject { get; set; }

    [Parameter(Position = 0)]
    public object[]? Property { get; set; }

    [Parameter(ParameterSetName = "GenericMeasure")]
    public SwitchParameter Sum { get; set; }

    [Parameter(ParameterSetName = "GenericMeasure")]
    public SwitchParameter Average { get; set; }

    [Parameter(ParameterSetName = "GenericMeasure")]
    public SwitchParameter Maximum { get; set; }

    [Parameter(ParameterSetName = "GenericMeasure")]
    public SwitchParameter Minimum { get; set; }

    [Parameter(ParameterSetName = "GenericMeasure")]
    public SwitchParameter StandardDeviation { get; set; }

    [Parameter(ParameterSetName = "GenericMeasure")]
    public SwitchParameter AllStats { get; set; }

    [Parameter(ParameterSetName = "TextMeasure")]
    public SwitchParameter Line { get; set; }

    [Parameter(ParameterSetName = "TextMeasure")]
    public SwitchParameter Word { get; set; }

    [Parameter(ParameterSetName = "TextMeasure")]
    public SwitchParameter Character { get; set; }

    private bool NeedsNumbers => Sum || Average || StandardDeviation || AllStats;

    protected override void BeginProcessing()
    {
        if (Property is null)
            _series.Add(new Series(null, null));
        foreach (PropertyExpression property in PropertyExpression.All(Property))
            _series.Add(new Series(property.Name, property));
    }

    protected override void ProcessRecord()
    {
        if (InputObject is null)
            return;
        foreach (Series series in _series)
        {
            object? value = InputObject.BaseObject;
            bool exists = series.Property is null || series.Property.TryGet(InputObject, out value);
            if (!exists || value is null)
                continue;
            if (ParameterSetName == "TextMeasure")
                _text = _text.Plus($"{value}");
            else
                Add(series, value);
        }
    }

    protected override void EndProcessing()
    {
        foreach (Series series in _series)
            WriteObject(ParameterSetName == "TextMeasure" ? TextResult(series) : Result(series));
    }

    private void Add(Series series, object value)
    {
        if (NeedsNumbers)
        {
            if (!LanguagePrimitives.TryConvertTo(value, out double number))
            {
                WriteError(new ErrorRecord(
                    new PSInvalidCastException($"Input object \"{value}\" is not numeric."),
                    "NonNumericInputObject", ErrorCategory.InvalidType, value));
                return;
            }

            series.AddNumber(number);
        }

        series.Add(value);
    }

    private GenericMeasureInfo Result(Series series) => new()
    {
        Property = series.Name,
        Count = series.Count,
        Sum = Sum || AllStats ? series.Sum : null,
        Average = Average || AllStats ? series.Mean : null,
        Maximum = Maximum || AllStats ? series.Maximum : null,
        Minimum = Minimum || AllStats ? series.Minimum : null,
        StandardDeviation = StandardDeviation || AllStats ? series.Deviation : null,
    };

    private TextMeasureInfo TextResult(Series series) => new()
    {
        Property = series.Name,
        Lines = Line ? _text.Lines : null,
        Words = Word ? _text.Words : null,
        Characters = Character ? _text.Characters : null,
    };

    private readonly record struct TextCounts(int Lines, int Words, int Characters)
    {
        public TextCounts Plus(string text) => new(
            Lines + (text.Length == 0 ? 0 : text.Count(c => c == '\n') + 1),
            Words + text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length,
            Characters + text.Length);
    }

    private sealed class Series(string? name, PropertyExpression? property)
    {
        private readonly ValueComparer _comparer = new(caseSensitive: false);
        private double _squares;

        public string? Name { get; } = name;

        public PropertyExpression? Property { get; } = property;

        public int Count { get; private set; }

        public double Sum { get; private set; }

        public double Mean { get; private set; }

        public object? Maximum { get; private set; }

        public object? Minimum { get; private set; }

        public double Deviation => Count > 1 ? Math.Sqrt(_squares / (Count - 1)) : 0;

        public void Add(object value)
        {
            Count++;
            if (Maximum is null || _comparer.Compare(value, Maximum) > 0)
                Maximum = Numeric(value);
            if (Minimum is null || _comparer.Compare(value, Minimum) < 0)
                Minimum = Numeric(value);
        }

        public void AddNumber(double number)
        {
            Sum += number;
            double distance = number - Mean;
            Mean += distance / (Count + 1);
            _squares += distance * (number - Mean);
        }

        private static object Numeric(object value)
            => value is int or long or float or decimal or byte or short ? LanguagePrimitives.ConvertTo<double>(value) : value;
    }
}

[Cmdlet(VerbsDiagnostic.Measure, "Command")]
public sealed class MeasureCommandCommand : PSCmdlet
{
    private readonly Stopwatch _watch = new();

    [Parameter(ValueFromPipeline = true)]
    public PSObject? InputObject { get; set; }

    [Parameter(Mandatory = true, Position = 0)]
    public ScriptBlock Expression { get; set; } = null!;

    protected override void ProcessRecord()
    {
        object?[] input = InputObject is null ? [] : [InputObject];
        _watch.Start();
        InvokeCommand.InvokeScript(useLocalScope: false, Expression, input);
        _watch.Stop();
    }

    protected override void EndProcessing() => WriteObject(_watch.Elapsed);
}
