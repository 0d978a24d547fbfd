using System.Collections;
using System.Management.Automation;
using EtlTools.Engine;

namespace EtlTools.Cmdlets.Pipeline;

/// <summary>The caller's variable for a result. With a plus before its name results are added to what it holds, as with -OutVariable.</summary>
internal sealed class ResultVariable
{
    private readonly PSVariableIntrinsics _variables;
    private readonly string _name;
    private readonly bool _adds;

    /// <exception cref="EtlException">The text is not the name of a variable.</exception>
    public ResultVariable(PSVariableIntrinsics variables, string argument)
    {
        _variables = variables;
        _adds = argument.StartsWith('+');
        _name = _adds ? argument[1..] : argument;
        if (_name.Length == 0 || _name.StartsWith('$'))
            throw new EtlException(FailureCodes.InvalidParameter, FailureKind.InvalidCall, "-ResultVariable takes the name of a variable, without the $: -ResultVariable result. With a plus, +result, results are added to a list.");
    }

    /// <summary>Removes the result of an earlier load, which must not stand there if this one cannot even begin.</summary>
    public void Clear()
    {
        if (!_adds)
            _variables.Set(_name, null);
    }

    public void Set(object result)
    {
        if (!_adds)
        {
            _variables.Set(_name, result);
            return;
        }
        object? held = ValueUnwrapper.Unwrap(_variables.GetValue(_name));
        ArrayList list = held as ArrayList ?? ListOf(held);
        list.Add(result);
        // A variable with a type has a copy of what it is set to.
        _variables.Set(_name, list);
    }

    private static ArrayList ListOf(object? held) => held switch
    {
        null => [],
        IList several => new ArrayList(several),
        _ => new ArrayList { held },
    };
}
