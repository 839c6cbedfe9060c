"""Facts about AWS's answers, recorded from real accounts, that local_aws is held against.

A file holds the facts of one service. A fact has:

``fact``
    What AWS answers, in a sentence.
``source``
    The snapshot of a real account that shows it: file, test and date. Files are of the repository
    ``localstack/localstack``, below ``tests/aws/services``.
``setup``
    Calls that come before, if any.
``call``
    The call whose answer is the fact. A call has ``operation`` and ``request``, and ``service`` if it is another one's;
    ``wait`` in place of ``operation`` names a waiter of botocore.
``answer``, ``error``, ``status``
    What the call answers: members of the answer, of ``Error``, and the HTTP status. A call of the setup may have them
    too. An answer may have more members than are written here; null stands for a member that is not there.

``{{name}}`` is a placeholder, in requests and in answers. The runner knows ``account``, ``region``, ``name`` (of a
resource, another one for each fact), ``role`` (the ARN of one of that name) and ``zip`` (a deployment package); others
get the value that they first meet in an answer. ``{{a*3}}`` stands for ``aaa``. A structure where the API has a string
is JSON.
"""
