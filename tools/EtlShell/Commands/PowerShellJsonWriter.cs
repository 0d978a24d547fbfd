using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Language;
using System.Numerics;
using System.Text;
using System.Text.Encodings.Web;

namespace Microsoft.PowerShell.Commands;

/// <summary>JSON as ConvertTo-Json writes it: properties of any object, strings beyond the depth.</summary>
internal sealed class PowerShellJsonWriter(int depth, bool enumsAsStrings, bool compress)
{
    private readonly StringBuilder _json = new();

    public bool Truncated { get; private set; }

    public string Convert(object? value)
    {
        _json.Clear();
        Write(value, 0);
        return _json.ToString();
    }

    private void Write(object? value, int level)
    {
        object? plain = value is PSObject wrapped ? wrapped.BaseObject : value;
        if (Scalar(plain) is { } scalar)
        {
            _json.Append(scalar);
        }
        else if (level > depth)
        {
            Truncated = true;
            _json.Append(Quoted(LanguagePrimitives.ConvertTo<string>(value)));
        }
        else if (plain is IDictionary map)
        {
            WriteMembers(map.Keys.Cast<object>().Select(key => ($"{key}", map[key])), level);
        }
        else if (plain is IEnumerable items)
        {
            WriteBlock('[', ']', items.Cast<object?>(), level, item => Write(item, level + 1));
        }
        else
        {
            WriteMembers(PSObject.AsPSObject(value).Properties.Select(p => (p.Name, ValueOf(p))), level);
        }
    }

    private void WriteMembers(IEnumerable<(string Name, object? Value)> members, int level)
        => WriteBlock('{', '}', members, level, member =>
        {
            _json.Append(Quoted(member.Name)).Append(compress ? ":" : ": ");
            Write(member.Value, level + 1);
        });

    private void WriteBlock<T>(char open, char close, IEnumerable<T> items, int level, Action<T> write)
    {
        _json.Append(open);
        bool any = false;
        foreach (T item in items)
        {
            if (any)
                _json.Append(',');
            any = true;
            StartLine(level + 1);
            write(item);
        }

        if (any)
            StartLine(level);
        _json.Append(close);
    }

    private void StartLine(int level)
    {
        if (!compress)
            _json.AppendLine().Append(' ', 2 * level);
    }

    // A getter that throws is null, as in the real command.
    private static object? ValueOf(PSPropertyInfo property)
    {
        try
        {
            return property.Value;
        }
        catch (GetValueException)
        {
            return null;
        }
    }

    private string? Scalar(object? value) => value switch
    {
        null or DBNull or NullString => "null",
        string or char or Guid or Uri => Quoted($"{value}"),
        bool flag => flag ? "true" : "false",
        DateTime time => Quoted(time.ToString("yyyy-MM-ddTHH:mm:ss.FFFFFFFK", CultureInfo.InvariantCulture)),
        DateTimeOffset time => Quoted(time.ToString("yyyy-MM-ddTHH:mm:ss.FFFFFFFK", CultureInfo.InvariantCulture)),
        Enum name => enumsAsStrings ? Quoted($"{name}") : name.ToString("D"),
        double.NaN or float.NaN => Quoted("NaN"),
        double or float or decimal => Real(((IFormattable)value).ToString(null, CultureInfo.InvariantCulture)),
        byte or sbyte or short or ushort or int or uint or long or ulong or BigInteger => ((IFormattable)value).ToString(null, CultureInfo.InvariantCulture),
        _ => null,
    };

    private static string Real(string digits)
    {
        if (digits.EndsWith("Infinity", StringComparison.Ordinal))
            return Quoted(digits);
        return digits.AsSpan().IndexOfAny('.', 'E') < 0 ? digits + ".0" : digits;
    }

    private static string Quoted(string text) => $"\"{JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(text)}\"";
}
